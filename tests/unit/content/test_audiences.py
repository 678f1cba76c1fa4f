"""Letters made of blocks: who sees which, and what a marketer can get wrong about it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from infra.build.content_mail_lint import readers, sendable
from infra.build.content_samples import sample_context
from shared.domain.audiences import audience_of
from shared.domain.facts import facts_of
from shared.domain.lead import Lead
from shared.domain.scoring import ScoringModel
from tests.unit.content.conftest import Break, Content

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
MAIL = "emails/saas-week-2-case-video/en.yaml"
DEFECTS = {
    "a block of an unknown kind": (MAIL, "  - film:", "  - flim:", "a block has one kind"),
    "a block for nobody": (MAIL, "for: size.small", "for: size.tiny", "there is no audience 'size.tiny'"),
    "a button that leads nowhere": (MAIL, "the case, to: asset/casevideo}", "the case, to: casevideo}", "'casevideo'"),
    "a button to a page that no form offers": (
        MAIL,
        "the case, to: asset/casevideo}",
        "the case, to: asset/casevidio}",
        "there is no asset 'casevidio'",
    ),
    "a block that the other language lacks": (
        MAIL,
        "  - button: {text: Watch the case, to: asset/casevideo}\n",
        "",
        "the blocks are not those of en.yaml (10 here, 9 there)",
    ),
    "a subject that no inbox shows": (
        MAIL,
        "32 hours became 9: the film, 90 seconds",
        "32 hours became 9: how a vendor of business software changed the way of its leads, a film of 90 seconds",
        "letters wide",
    ),
    "an audience that asks for a fact that nobody has": (
        "emails/audiences.yaml",
        "field: department",
        "field: shoe_size",
        "shoe_size",
    ),
}


@pytest.mark.parametrize(("file", "old", "new", "what"), DEFECTS.values(), ids=DEFECTS.keys())
def test_the_compiler_finds(file: str, old: str, new: str, what: str, broken: Break) -> None:
    findings = broken(file, old, new)
    assert any(what in str(finding) and finding.line and finding.mend for finding in findings), findings


def shown(content: Content, mail: str, locale: str = "en", **audience: str) -> str:
    entry = content("emails")[mail]
    everybody = dict.fromkeys(entry["audiences"], "others")
    context = sample_context(locale, entry["class"], audience=everybody | audience)
    return sendable(entry["locales"][locale]["text"], autoescape=False).render(context)


def test_a_cto_reads_about_keys_and_a_director_about_the_clock(content: Content) -> None:
    assert "which keys may merge records" in shown(content, "saas-week-1-thanks", role="technical")
    leaders = shown(content, "saas-week-1-thanks", role="leaders")
    assert "needs your signature" in leaders
    assert "which keys may merge records" not in leaders


def test_a_block_for_several_audiences_is_seen_by_each(content: Content) -> None:
    texts = [shown(content, "saas-week-4-faq", role=role) for role in ("technical", "leaders", "purchasing", "others")]
    assert ["Exit" in text for text in texts] == [False, True, True, False]
    assert ["Law" in text for text in texts] == [True, False, False, True]


def test_the_subject_follows_the_industry(content: Content) -> None:
    entry = content("emails")["saas-week-2-case-video"]
    subject = sendable(entry["locales"]["en"]["subject"], autoescape=False)
    context = sample_context("en", "marketing", audience={"industry": "manufacturing", "size": "others"})
    assert subject.render(context) == "From trade fair to first call, in 90 seconds"


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        ({"title": "CTO", "industry": "software", "company_size": "200"}, ("technical", "software", "others")),
        ({"title": "采购总监", "industry": "制造业", "company_size": "5000"}, ("purchasing", "manufacturing", "large")),
        ({"title": "Managing Director", "industry": "IT", "company_size": "10"}, ("leaders", "software", "small")),
        ({}, ("others", "others", "others")),
    ],
)
def test_people_find_their_audience(profile: dict[str, str], expected: tuple[str, ...], content: Content) -> None:
    emails, scoring = content("emails"), content("scoring")
    groups = emails["saas-week-1-thanks"]["audiences"] | emails["saas-week-2-case-video"]["audiences"]
    lead = Lead("lead", NOW, "post", profile=profile)
    facts = facts_of(lead, NOW, ScoringModel(scoring["model"], scoring["titles"]))
    found = audience_of(groups, facts)
    assert (found["role"], found["industry"], found["size"]) == expected


def test_readers_cover_every_audience_of_every_group() -> None:
    groups = {"a": [{"name": "x"}, {"name": "y"}], "b": [{"name": "z"}]}
    met = {(group, name) for reader in readers(groups) for group, name in reader.items()}
    assert met == {("a", "others"), ("a", "x"), ("a", "y"), ("b", "others"), ("b", "z")}
    assert list(readers({})) == [{}]
