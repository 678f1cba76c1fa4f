"""The demo's users: one for each role, with readable passwords. They exist on the local AWS only."""

from __future__ import annotations

from infra.local.place import Place

ROLES = ["marketing", "sales", "manager", "compliance", "admin"]


def credentials() -> dict[str, dict[str, str]]:
    """Role → username and password; the user is named as the role."""
    return {role: {"username": role, "password": f"{role.capitalize()}-demo-2026"} for role in ROLES}


def create(place: Place, pool: str) -> None:
    """Creates the users that are missing, each in the group of its role, with a permanent password."""
    cognito = place.client("cognito-idp")
    there = {user["Username"] for user in cognito.list_users(UserPoolId=pool)["Users"]}
    for role, user in credentials().items():
        name = user["username"]
        if name not in there:
            mail = [
                {"Name": "email", "Value": f"{name}@ripen.example"},
                {"Name": "email_verified", "Value": "true"},
            ]
            cognito.admin_create_user(UserPoolId=pool, Username=name, UserAttributes=mail, MessageAction="SUPPRESS")
        cognito.admin_set_user_password(UserPoolId=pool, Username=name, Password=user["password"], Permanent=True)
        cognito.admin_add_user_to_group(UserPoolId=pool, Username=name, GroupName=role)
