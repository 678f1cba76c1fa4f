"""Brings a local AWS up, whole: process, code, users, leads, addresses."""

from __future__ import annotations

import shutil
from typing import Any

from infra.local import deploy, seed, server, users
from infra.local.place import SENDER, Place, write_json
from infra.local.steps import Bar, step

Stack = dict[str, Any]


def bring_up(place: Place, leads: int) -> Stack:
    """Starts, deploys what changed, creates users, posts `leads` demo leads once; writes and returns stack.json."""
    place.folder.mkdir(parents=True, exist_ok=True)
    with step(f"Starting the local AWS on port {place.port}"):
        server.start(place)
    deploy_changes(place)
    outputs = deploy.outputs(place)
    with step("Checking the sender identity and the users"):
        verify_sender(place)
        users.create(place, outputs["UserPoolId"])
    stack = describe(place, outputs)
    post_leads_once(place, stack, leads)
    write_json(place.stack_file, stack)
    return stack


def deploy_changes(place: Place) -> None:
    """Compiles, builds and deploys, unless exactly this is deployed already."""
    wanted = deploy.fingerprint(place)
    if deploy.is_current(place, wanted):
        return
    with step("Compiling the content"):
        deploy.compile_content()
    with step("Building the functions and their layer (sam build)"):
        deploy.offer_python()
        deploy.build(place)
    with step("Deploying template.yaml (sam deploy)"):
        deploy.deploy(place)
    deploy.remember(place, wanted)


def verify_sender(place: Place) -> None:
    """On AWS the owner of the address follows a link in a mail; here the local SES takes our word for it."""
    place.client("ses").verify_email_identity(EmailAddress=SENDER)
    identity = place.client("sesv2").get_email_identity(EmailIdentity=SENDER)
    if not identity["VerifiedForSendingStatus"]:
        raise SystemExit(f"The local SES does not accept {SENDER} as a sender.")


def post_leads_once(place: Place, stack: Stack, count: int) -> None:
    """Once for each state: people delete and change what they see, and a restart must not bring it back."""
    if not count or place.seeded_file.exists():
        return
    bar = Bar("Posting demo leads", count)
    seed.post_demo_leads(stack["public_url"], count, bar.advance)
    with step("Waiting until they are scored"):
        seed.wait_until_scored(stack["admin_url"], stack["users"]["admin"], count)
    write_json(place.seeded_file, {"leads": count})


def describe(place: Place, outputs: dict[str, str]) -> Stack:
    """stack.json: the addresses and who may sign in."""
    return {
        "public_url": outputs["PublicUrl"],
        "admin_url": outputs["AdminUrl"],
        "mailbox_url": place.mailbox_url,
        "endpoint_url": place.endpoint_url,
        "users": users.credentials(),
    }


def start_afresh(place: Place) -> None:
    """Forgets everything: mails, people, tables, the deployment."""
    server.stop(place)
    shutil.rmtree(place.folder, ignore_errors=True)
