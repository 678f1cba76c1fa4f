"""Signing in with a user name and a password, against the Cognito pool."""

from __future__ import annotations

import os


class WrongCredentials(Exception):
    """User name or password is wrong; which of them is not told."""


class NewPasswordRequired(Exception):
    """The password was set by an administrator and must be changed before the console can be used."""


class TooManyTries(Exception):
    """Cognito asks to wait."""


def sign_in(username: str, password: str) -> str:
    """An access token. Raises WrongCredentials, NewPasswordRequired, TooManyTries."""
    from shared.channels.aws import client  # late: only sign-ins need it

    cognito = client("cognito-idp")
    known = cognito.exceptions
    try:
        answer = cognito.initiate_auth(
            ClientId=os.environ["USER_POOL_CLIENT_ID"],
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": username, "PASSWORD": password},
        )
    except (known.NotAuthorizedException, known.UserNotFoundException, known.InvalidParameterException) as error:
        raise WrongCredentials from error
    except (known.PasswordResetRequiredException, known.UserNotConfirmedException) as error:
        raise NewPasswordRequired from error
    except known.TooManyRequestsException as error:
        raise TooManyTries from error
    if "AuthenticationResult" not in answer:
        raise NewPasswordRequired(answer.get("ChallengeName", ""))
    return str(answer["AuthenticationResult"]["AccessToken"])
