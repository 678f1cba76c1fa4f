"""A table that somebody exported somewhere: its encoding, its separator, its columns."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from shared.domain.text import fold

_SEPARATORS = ",;\t|"
_SAMPLE = 40
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
# The longest cell; a quote that is never closed would otherwise swallow the file.
_LONGEST_CELL = 32_768
_MOST_COLUMNS, _LONGEST_HEADER = 200, 120
_LOST = "\ufffd"
# So many cells may be a slip in the source; more of them, and it was the export.
A_FEW_LOST = 3
FIELDS = (
    *("email", "phone", "name", "given_name", "family_name", "company", "title", "industry", "company_size", "country"),
    *("budget", "message", "crm_id", "crm_stage", "wechat_openid", "wechat_unionid", "push_id"),
    *("consent_email", "consent_sms", "consent_wechat", "consent_push", "consent_at", "consent_text"),
)


class UnreadableFile(ValueError):
    """The file is no table, or nobody in it could be reached; says why, and by `code` why in every language."""

    def __init__(self, why: str, code: str = "") -> None:
        super().__init__(why)
        self.code = code


@dataclass(frozen=True, slots=True)
class Sheet:
    """`columns` are the headers as they stand, `mapping` those that were recognised: {column index: field}; `rows` are cells without the header.
    `lost` cells hold U+FFFD: an export threw away characters that its encoding did not know, and no import brings them back.
    """

    encoding: str
    separator: str
    columns: list[str]
    mapping: dict[int, str]
    rows: list[list[str]]
    lost: int = 0

    def people(self) -> Iterable[dict[str, str]]:
        """{field: value} of each row; given and family name as one name."""
        return (as_fields(row, self.mapping) for row in self.rows)


def decode(raw: bytes) -> tuple[str, str]:
    """(text, encoding). UTF-8 or UTF-16 by their marks or their form, then GBK, then Western Europe's Windows code page."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if raw.startswith(mark):
            return _strictly(raw, encoding), encoding.removesuffix("-sig")
    if guess := _unmarked_utf16(raw):
        return _strictly(raw, guess), guess
    for encoding in ("utf-8", "gb18030") if not _looks_western(raw) else ("utf-8", "cp1252"):
        try:
            return raw.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    return raw.decode("cp1252", "replace"), "cp1252"


def _strictly(raw: bytes, encoding: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableFile(f"the file says that it is {encoding} and is not") from error


def _unmarked_utf16(raw: bytes) -> str:
    """A table has commas, line ends and digits: in UTF-16 every second byte of those is zero."""
    sample = raw[:4000]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if max(even, odd) * 20 < len(sample):
        return ""
    return "utf-16-le" if odd > even else "utf-16-be"


def _looks_western(raw: bytes) -> bool:
    """In GBK high bytes come in pairs; an umlaut between Latin letters stands alone."""
    runs = [len(run) for run in _HIGH_RUN.findall(raw[:100_000])]
    return sum(length == 1 for length in runs) * 2 > len(runs)


def read_sheet(raw: bytes, headers: Mapping[str, Sequence[str]], chosen: Mapping[str, str] | None = None) -> Sheet:
    """The table in a file. `headers` are the names of each field (imports.yaml), `chosen` what somebody said about columns by their header:
    {header: field, or "" for none}. Raises UnreadableFile.
    """
    text, encoding = decode(raw)
    if "\x00" in text:
        raise UnreadableFile("this is no text; export it as CSV", "no_text")
    separator = _separator(text)
    try:
        csv.field_size_limit(_LONGEST_CELL)
        lines = [
            row for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator) if any(map(str.strip, row))
        ]
    except csv.Error as error:
        raise UnreadableFile(f"this is no table: {error}", "no_table") from error
    if not lines:
        raise UnreadableFile("the file is empty", "empty")
    if max(map(len, lines)) > _MOST_COLUMNS:
        raise UnreadableFile(f"a row has more than {_MOST_COLUMNS} columns", "columns")
    columns = [cell.strip()[:_LONGEST_HEADER] for cell in lines[0]]
    mapping = _mapping(columns, headers, chosen or {})
    rows = lines[1:]
    if not {"email", "phone"} & set(mapping.values()):
        mapping, rows = _by_content(lines)
        columns = [f"{number + 1}" for number in range(len(lines[0]))]
    if not {"email", "phone"} & set(mapping.values()):
        raise UnreadableFile("no column holds e-mail addresses or phone numbers", "no_contact")
    if not rows:
        raise UnreadableFile("there is no row below the header: nobody to import", "no_rows")
    lost = sum(_LOST in cell for row in rows for cell in row) if _LOST in text else 0
    return Sheet(encoding, separator, columns, mapping, rows, lost)


def _separator(text: str) -> str:
    """The separator that gives most of the first lines the same number of columns."""
    sample = "\n".join(text.splitlines()[:_SAMPLE])

    def evenness(separator: str) -> tuple[int, int]:
        widths = [len(row) for row in csv.reader(io.StringIO(sample), delimiter=separator) if row]
        common = max(set(widths), key=lambda width: (widths.count(width), width), default=1)
        return (widths.count(common) if common > 1 else 0, common)

    return max(_SEPARATORS, key=evenness)


def _bare(header: str) -> str:
    """What is compared: letters and digits alone."""
    return "".join(char for char in fold(header) if char.isalnum())


def _mapping(columns: Sequence[str], headers: Mapping[str, Sequence[str]], chosen: Mapping[str, str]) -> dict[int, str]:
    names = {_bare(name): field for field, known in headers.items() for name in known}
    told = {_bare(header): field for header, field in chosen.items()}
    found: dict[int, str] = {}
    for guess in (told, names):
        for index, column in enumerate(columns):
            field = guess.get(_bare(column), "")
            if (
                field
                and index not in found
                and field not in found.values()
                and (guess is told or _bare(column) not in told)
            ):
                found[index] = field
    for index, column in enumerate(columns):
        bare = _bare(column)
        if index in found or bare in told:
            continue
        near = max((name for name in names if len(name) > 1 and name in bare), key=len, default="")
        if near and names[near] not in found.values():
            found[index] = names[near]
    return found


def _by_content(lines: Sequence[Sequence[str]]) -> tuple[dict[int, str], list[list[str]]]:
    """A table without headers: the column of addresses is one, the column of numbers is the other."""
    found: dict[int, str] = {}
    sample = lines[:_SAMPLE]
    for index in range(len(lines[0])):
        cells = [row[index].strip() for row in sample if index < len(row) and row[index].strip()]
        for field, fits in (("email", _is_address), ("phone", _is_number)):
            if cells and field not in found.values() and sum(map(fits, cells)) * 2 > len(cells):
                found[index] = field
                break
    return found, [list(line) for line in lines]


def _is_address(cell: str) -> bool:
    local, at, domain = cell.rpartition("@")
    return bool(local and at) and "." in domain


def _is_number(cell: str) -> bool:
    digits = sum(char.isdigit() for char in cell)
    return 7 <= digits <= 15 and not any(char.isalpha() for char in cell)


def as_fields(row: Sequence[str], mapping: Mapping[int, str]) -> dict[str, str]:
    """{field: value} of one row; a given and a family name are put together in the order of their script."""
    said = {field: row[index].strip() for index, field in mapping.items() if index < len(row) and row[index].strip()}
    given, family = said.pop("given_name", ""), said.pop("family_name", "")
    if (given or family) and not said.get("name"):
        said["name"] = f"{family}{given}" if _is_han(family or given) else f"{given} {family}".strip()
    return said


def _is_han(text: str) -> bool:
    return any("㐀" <= char <= "鿿" for char in text)


# ------------------------------------------------------------------ what became of a row

NEW, MERGED, QUARANTINED, REFUSED, WAITING = "new", "merged", "quarantined", "refused", "waiting"
OUTCOMES = (NEW, MERGED, QUARANTINED, REFUSED, WAITING)


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """What became of one row: `reasons` are codes (why it was refused or held; what was left out of it), `lead_id` whose it is now."""

    status: str
    reasons: tuple[str, ...] = ()
    submission_id: str = ""
    lead_id: str = ""


@dataclass(slots=True)
class Import:
    """One file on its way. Rows lie in parts of `PART_ROWS`; `submitted` parts went through the door (the last at
    `moved_at`, ISO 8601), `settled` ones have their outcome counted; `lost` as in Sheet. What the rows say is kept in bundles
    of parts: `bundles` are the first parts of each.
    """

    import_id: str
    created_at: str
    by: str
    name: str
    encoding: str
    separator: str
    columns: list[str]
    mapping: dict[str, str]
    rows: int
    parts: int
    locale: str = "en"
    submitted: int = 0
    settled: int = 0
    moved_at: str = ""
    counts: dict[str, int] | None = None
    reasons: dict[str, int] | None = None
    lost: int = 0
    bundles: Sequence[int] = ()

    @property
    def is_damaged(self) -> bool:
        """Whether more than a few cells lost characters before the file came."""
        return self.lost > A_FEW_LOST

    @property
    def is_done(self) -> bool:
        """Whether every row has its outcome."""
        return self.settled >= self.parts


PART_ROWS = 200
