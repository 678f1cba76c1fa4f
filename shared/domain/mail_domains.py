"""What a domain tells: whose it is, and whether it stands for a company at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

# RFC 2606: no registry knows it, documentation and rehearsals live in it.
_RESERVED = "example"


@dataclass(frozen=True)
class MailDomains:
    """Lists compiled from public sources (domains.json): `suffixes` are the public suffixes, with ``*.`` and ``!`` as their list writes them."""

    free: frozenset[str]
    disposable: frozenset[str]
    suffixes: frozenset[str]

    @classmethod
    def of(cls, lists: Mapping[str, Iterable[str]]) -> MailDomains:
        """From domains.json."""
        return cls(frozenset(lists["free"]), frozenset(lists["disposable"]), frozenset(lists["suffixes"]))

    def is_known(self, domain: str) -> bool:
        """Whether the domain's last part exists: nobody has a mailbox at ``acme.con``."""
        last = domain.rpartition(".")[2]
        return last == _RESERVED or last in self.suffixes or f"*.{last}" in self.suffixes

    def registrable(self, domain: str) -> str:
        """The part that somebody registered: ``mail.acme.co.uk`` → ``acme.co.uk``; "" for a public suffix itself."""
        labels = domain.split(".")
        for start in range(len(labels)):
            rest, above = ".".join(labels[start:]), ".".join(labels[start + 1 :])
            if f"!{rest}" in self.suffixes:
                return rest
            if rest in self.suffixes or (above and f"*.{above}" in self.suffixes):
                return ".".join(labels[start - 1 :]) if start else ""
        return ".".join(labels[-2:]) if len(labels) > 1 else ""

    def is_free(self, domain: str) -> bool:
        """Whether anybody may have a mailbox there: it says nothing about a company."""
        return self._listed(domain, self.free)

    def is_disposable(self, domain: str) -> bool:
        """Whether its mailboxes are made to be thrown away."""
        return self._listed(domain, self.disposable)

    def _listed(self, domain: str, names: frozenset[str]) -> bool:
        return any(each in names for each in parents(domain))

    def company_domain(self, domain: str) -> str:
        """The registrable domain by which a company is known; "" where the mailbox is no company's."""
        return "" if self.is_free(domain) or self.is_disposable(domain) else self.registrable(domain)


def parents(domain: str) -> Iterable[str]:
    """The domain and what it lies in: ``a.b.c`` → ``a.b.c``, ``b.c``."""
    labels = domain.split(".")
    return (".".join(labels[start:]) for start in range(max(len(labels) - 1, 1)))
