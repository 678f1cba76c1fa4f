"""The channels, put together: who carries each, whether it takes messages now, and what an order becomes for a person."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

from shared.runtime import clock, content
from shared.runtime.observe import count
from shared.store.channel_states import ChannelStates
from shared.usecases.send_message import Carrier
from shared.usecases.watch_channel import Channel

if TYPE_CHECKING:
    from shared.runtime.wiring import Wiring
    from shared.usecases.send_message import Provider

_CLOSED_METRIC = {"quota_used_up": "QuotaUsedUp", "account_paused": "AccountPaused"}


def make_channel(name: str) -> Channel:
    """Whether `name` takes messages now, as every sender learns it."""
    return Channel(
        name, ChannelStates(), tell=lambda reason: count(f"{name.capitalize()}Closed{_CLOSED_METRIC[reason]}")
    )


def make_carrier(channel: str, wiring: Wiring) -> Carrier:
    """What sends by `channel`; imports only what that channel needs."""
    return _email(wiring) if channel == "email" else _note(channel, wiring)


def _email(wiring: Wiring) -> Carrier:
    from shared.channels.email import Email
    from shared.runtime.wiring import addresses
    from shared.usecases.compose_mail import compose_mail

    compose = wiring.compose_ports(wiring.secret, *addresses())
    return Carrier(Email(), wiring.email_channel, partial(compose_mail, ports=compose))


def _note(channel: str, wiring: Wiring) -> Carrier:
    from shared.channels.render import render_text
    from shared.runtime.wiring import addresses
    from shared.usecases.compose_note import NotePorts, compose_note, lacks

    ports = NotePorts(
        messages=content.messages(),
        forms=content.forms(),
        policies=content.policies(),
        secret=wiring.secret,
        public_url=addresses()[0],
        render=render_text,
    )
    compose, lacking = partial(compose_note, ports=ports), partial(lacks, messages=ports.messages)
    return Carrier(_provider(channel, wiring), make_channel(channel), compose, lacking)


def _provider(channel: str, wiring: Wiring) -> Provider:
    from shared.channels.credentials import Credentials

    secret = Credentials(f"{os.environ['CREDENTIALS']}/{channel}", clock.now)
    if channel == "wechat":
        from shared.channels.wechat import WeChat

        return WeChat(wiring.http, secret, clock.now)
    if channel == "push":
        from shared.channels.push import Push

        return Push(wiring.http, secret)
    if channel == "sms":
        from shared.channels.sms import Sms

        return Sms()
    raise ValueError(f"nothing sends by {channel!r}")
