"""Addresses and phone numbers as people type them → as machines compare them."""

from __future__ import annotations

import unicodedata


def parse_email(text: str) -> str | None:
    """The address in the form in which SES can send to it (7-bit local part, punycode domain), or None when it cannot be one."""
    from email_validator import EmailNotValidError, validate_email

    try:
        result = validate_email(
            unicodedata.normalize("NFKC", text).strip(), check_deliverability=False, allow_smtputf8=False
        )
    except EmailNotValidError:
        return None
    return result.ascii_email


def parse_phone(text: str, country: str) -> str | None:
    """The number in E.164 when it can be a number of `country` (ISO 3166 alpha-2; China where none is known and no + leads), else None."""
    import phonenumbers

    region = country if len(country) == 2 else "CN"
    try:
        number = phonenumbers.parse(unicodedata.normalize("NFKC", text), region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def is_phone_like(text: str) -> bool:
    """Whether the text at least looks like a phone number: digits, and few of anything else."""
    folded = unicodedata.normalize("NFKC", text)
    digits = sum(char.isdigit() for char in folded)
    return 5 <= digits <= 20 and all(char.isdigit() or char in "+-()./ extEXT#,;" for char in folded)


def national_digits(phone: str) -> str:
    """The digits of an E.164 number without its country's code; "" when it is none."""
    import phonenumbers

    try:
        number = phonenumbers.parse(phone, None)
    except phonenumbers.NumberParseException:
        return ""
    return str(phonenumbers.national_significant_number(number))
