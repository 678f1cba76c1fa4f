"""What job titles say, as people type them: seniority and department, traps included."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from shared.domain.scoring import attributes_of

# title | seniority | department ("" : none; "?" : it does not matter)
TABLE = """
CEO|c_level|management
Chief Executive Officer|c_level|management
CTO|c_level|technical
C.T.O.|c_level|technical
Chief Technology Officer|c_level|technical
CTO & Co-Founder|c_level|?
CIO|c_level|technical
CISO|c_level|technical
Chief Information Security Officer|c_level|technical
CFO|c_level|management
Chief Financial Officer|c_level|?
COO|c_level|management
CMO|c_level|marketing
Chief Marketing Officer|c_level|marketing
CPO|c_level|purchasing
Chief Procurement Officer|c_level|purchasing
Founder|c_level|management
Co-Founder|c_level|management
Founder and CEO|c_level|management
Owner|c_level|management
President|c_level|management
Managing Director|c_level|management
General Manager|c_level|management
Managing Partner|c_level|?
Chairman of the Board|c_level|management
Board Member|c_level|management
Global CIO|c_level|technical
Group CTO|c_level|technical
ＣＴＯ|c_level|technical
cto|c_level|technical
Vice President|vp|?
VP Engineering|vp|technical
VP of Engineering|vp|technical
VP Sales|vp|sales
SVP Marketing|vp|marketing
EVP Operations|vp|management
Senior Vice President, Procurement|vp|purchasing
Deputy General Manager|vp|?
Director|director|
IT Director|director|technical
Director of IT|director|technical
Director of Procurement|director|purchasing
Marketing Director|director|marketing
Sales Director|director|sales
Head of Engineering|director|technical
Head of IT|director|technical
Head of Purchasing|director|purchasing
Head of Marketing|director|marketing
Global Head of Sourcing|director|purchasing
Department Head|director|
Technical Director|director|technical
Senior Director, Data|director|technical
R&D Director|director|technical
Plant Director|director|?
Director International Sales|director|sales
International Marketing Director|director|marketing
IT Manager|manager|technical
Product Manager|manager|?
Project Manager|manager|?
Marketing Manager|manager|marketing
Purchasing Manager|manager|purchasing
Procurement Manager|manager|purchasing
Supply Chain Manager|manager|purchasing
International Account Manager|manager|sales
Key Account Manager|manager|sales
Team Lead|manager|
Tech Lead|manager|?
Art Director|manager|?
Account Director|manager|?
Category Manager|manager|purchasing
Software Engineer|staff|technical
Senior Software Engineer|staff|technical
DevOps Engineer|staff|technical
Data Analyst|staff|technical
Solution Architect|staff|technical
Buyer|staff|purchasing
Senior Buyer|staff|purchasing
Consultant|staff|
Internal Auditor||?
International Relations||?
Contractor||
Ambassador||
Student|student|?
Student Ambassador|student|?
PhD Student|student|?
Intern|student|?
Marketing Intern|student|marketing
Summer Internship|student|?
Working Student IT|student|technical
Trainee|student|?
Assistant to the CTO||
Executive Assistant to the CEO||
Assistant to the Managing Director||
PA to the Chairman||
Secretary to the General Manager||
Office of the CEO||
Reporting to the CIO||
总经理|c_level|management
总裁|c_level|management
董事长|c_level|management
董事长兼总经理|c_level|management
首席执行官|c_level|?
首席技术官|c_level|technical
首席信息官|c_level|technical
首席技术官（CTO）|c_level|technical
集团CTO|c_level|technical
创始人|c_level|management
联合创始人|c_level|management
创始人兼CEO|c_level|management
合伙人|c_level|management
厂长|c_level|management
老板|c_level|management
总工程师|c_level|technical
总工|c_level|technical
副总裁|vp|?
高级副总裁|vp|?
技术副总裁|vp|technical
副总经理|vp|?
常务副总经理|vp|?
副总|vp|?
总监|director|
技术总监|director|technical
研发总监|director|technical
信息总监|director|technical
采购总监|director|purchasing
市场总监|director|marketing
营销总监|director|marketing
销售总监|director|sales
副总监|director|
信息中心主任|director|technical
设备处处长|director|?
采购部部长|director|purchasing
研究所所长|director|?
项目负责人|director|?
经理|manager|
采购经理|manager|purchasing
供应链经理|manager|purchasing
产品经理|manager|?
项目经理|manager|?
市场经理|manager|marketing
销售经理|manager|sales
大客户经理|manager|sales
IT经理|manager|technical
信息部经理|manager|technical
车间主任|manager|?
办公室副主任|manager|?
主管|manager|
采购主管|manager|purchasing
组长|manager|
工程师|staff|technical
高级工程师|staff|technical
软件工程师|staff|technical
架构师|staff|technical
采购员|staff|purchasing
采购专员|staff|purchasing
业务员|staff|sales
顾问|staff|
学生|student|?
研究生|student|?
在读博士生|student|?
实习生|student|?
技术部实习生|student|technical
总经理助理||
CTO助理||
董事长秘书||
总裁助理||
Geschäftsführer|c_level|management
Geschäftsführerin|c_level|management
Technischer Geschäftsführer|c_level|?
Vorstand|c_level|management
Vorstandsvorsitzender|c_level|?
Inhaber|c_level|management
Prokurist|c_level|management
Bereichsvorstand|vp|?
Vizepräsident|vp|?
IT-Leiter|director|technical
IT-Leiterin|director|technical
Leiter IT|director|technical
Leiter Einkauf|director|purchasing
Einkaufsleiter|director|purchasing
Einkaufsleiterin|director|purchasing
Vertriebsleiter|director|sales
Abteilungsleiter Technik|director|technical
Leitung Marketing|director|marketing
Entwicklungsleiter|director|?
Werksleiter|director|?
Teamleiter|manager|?
Projektleiterin|manager|?
Filialleiter|manager|?
Einkäufer|staff|purchasing
Entwickler|staff|technical
Sachbearbeiterin Einkauf|staff|purchasing
Werkstudent|student|?
Praktikantin|student|?
Azubi|student|?
Assistenz der Geschäftsführung||
Assistent der Geschäftsführung||
Sekretariat Vorstand||
"""
ROWS = [tuple(line.split("|")) for line in TABLE.strip().splitlines()]


@pytest.fixture(scope="session")
def titles(content: Path) -> dict[str, Any]:
    return dict(json.loads((content / "scoring.json").read_text(encoding="utf-8"))["titles"])


def test_there_are_many() -> None:
    assert len({row[0] for row in ROWS}) == len(ROWS) >= 150


@pytest.mark.parametrize(("title", "seniority", "department"), ROWS, ids=[row[0] for row in ROWS])
def test_a_title_says(titles: dict[str, Any], title: str, seniority: str, department: str) -> None:
    found = attributes_of({"title": title}, titles)
    assert found["seniority"] == seniority
    assert department in ("?", found["department"])


def test_the_case_and_the_width_of_letters_do_not_matter(titles: dict[str, Any]) -> None:
    for title, seniority, _ in ROWS:
        for typed in (title.upper(), title.lower(), f"  {title}  "):
            if typed.casefold().strip() == title.casefold():
                assert attributes_of({"title": typed}, titles)["seniority"] == seniority, typed
