"""What is left of a company's name when place, legal form, width, case and punctuation are taken away: by it two spellings of one company are equal."""

from __future__ import annotations

import unicodedata

_MARKS = {"ä": "ae", "ö": "oe", "ü": "ue", "æ": "ae", "œ": "oe", "ø": "oe", "å": "aa", "ł": "l", "đ": "d", "&": " and "}
# Traditional forms of what legal forms and places are written with.
_SIMPLE = str.maketrans(
    "責團國際廣臺灣東慶龍業貿華爾長設備電機資訊網絡萬達雲門濱衛遠陽餘區縣總廠實",
    "责团国际广台湾东庆龙业贸华尔长设备电机资讯网络万达云门滨卫远阳余区县总厂实",
)
_LEGAL_ZH = (
    "股份有限公司",
    "有限责任公司",
    "有限公司",
    "股份公司",
    "集团公司",
    "分公司",
    "总公司",
    "子公司",
    "公司",
    "集团",
    "控股",
    "有限合伙",
    "普通合伙",
    "合伙企业",
    "股份",
)
_PLACES_ZH = (
    *("中华人民共和国", "中国", "大中华区", "北京", "天津", "上海", "重庆", "河北", "山西", "辽宁", "吉林", "黑龙江"),
    *("江苏", "浙江", "安徽", "福建", "江西", "山东", "河南", "湖北", "湖南", "广东", "海南", "四川", "贵州", "云南"),
    *("陕西", "甘肃", "青海", "台湾", "内蒙古", "广西", "西藏", "宁夏", "新疆", "香港", "澳门", "深圳", "广州", "苏州"),
    *("杭州", "南京", "武汉", "成都", "西安", "青岛", "大连", "宁波", "厦门", "无锡", "佛山", "东莞", "长沙", "郑州"),
    *("济南", "合肥", "福州", "昆明", "哈尔滨", "长春", "沈阳", "石家庄", "太原", "南昌", "南宁", "贵阳", "海口"),
    *("兰州", "银川", "西宁", "乌鲁木齐", "呼和浩特", "拉萨", "常州", "南通", "温州", "嘉兴", "绍兴", "珠海", "中山"),
    *("惠州", "烟台", "潍坊", "徐州", "扬州", "泉州", "金华", "台州", "唐山", "洛阳", "芜湖", "镇江", "昆山"),
)
_DIVISIONS_ZH = ("特别行政区", "自治区", "省", "市", "区", "县")


def _each(*lines: str) -> frozenset[str]:
    return frozenset(word for line in lines for word in line.split())


_LEGAL_EN = _each(
    "inc incorporated corp corporation co company ltd limited llc llp lp plc pllc gmbh mbh ag kg kgaa ohg gbr se ug eg ev",
    "sa sas sarl sasu eurl srl spa sl slu bv nv cv vof oy oyj ab asa aps pty pte sdn bhd kk pvt private public",
    "group holding holdings gruppe and und et cie the",
)
_PLACES_EN = _each(
    "china deutschland germany usa us uk europe emea apac asia international global worldwide france japan singapore india",
    "shanghai beijing shenzhen guangzhou suzhou hangzhou hongkong america americas canada austria schweiz switzerland",
)


def has_han(text: str) -> bool:
    """Whether any of it is written in Chinese characters."""
    return any("㐀" <= char <= "鿿" or "豈" <= char <= "﫿" for char in text)


def company_core(name: str) -> str:
    """The core of a company's name, by which spellings are compared; "" for nothing but punctuation.

    ``上海华星物流（集团）股份有限公司`` and ``华星物流`` are one, so are ``ACME Robotics, Inc.`` and ``acme robotics``. Idempotent.
    What would leave nothing is not taken away: 中国公司 stays what it is.
    """
    core = company_words(name)
    while True:
        shorter = company_words(_strip_chinese(core) if has_han(core) else _strip_western(core))
        if shorter == core:
            return core
        core = shorter


def company_words(name: str) -> str:
    """Lower case and half width; words of letters and digits with single spaces between, Chinese without any."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    for mark, plain in _MARKS.items():
        folded = folded.replace(mark, plain)
    folded = folded.replace("'", "").replace("’", "")
    bare = "".join(char for char in unicodedata.normalize("NFD", folded) if unicodedata.category(char) != "Mn")
    bare = unicodedata.normalize("NFC", bare).translate(_SIMPLE)
    parted = "".join(char if char.isalnum() else " " for char in bare).split()
    if has_han(bare):
        return _joined_chinese(parted)
    return " ".join(_initials_joined(parted))


def _joined_chinese(parts: list[str]) -> str:
    """Parts run together where a Chinese character touches: brackets and spaces say nothing in a Chinese name."""
    joined = ""
    for part in parts:
        gap = " " if joined and not has_han(joined[-1]) and not has_han(part[0]) else ""
        joined += gap + part
    return joined


def _initials_joined(parts: list[str]) -> list[str]:
    """``g m b h`` of "G.m.b.H." is one word."""
    words: list[str] = []
    run = ""
    for part in parts:
        if len(part) == 1 and part.isalpha():
            run += part
            continue
        words += [run] if run else []
        run = ""
        words.append(part)
    return words + ([run] if run else [])


def _strip_chinese(core: str) -> str:
    for suffix in _LEGAL_ZH:
        if core.endswith(suffix) and len(core) > len(suffix):
            return core.removesuffix(suffix).strip()
    for place in _PLACES_ZH:
        if core.startswith(place):
            rest = core.removeprefix(place)
            for division in _DIVISIONS_ZH:
                rest = rest.removeprefix(division) if len(rest) > len(division) + 1 else rest
            if len(rest) > 1:
                return rest.strip()
        if core.endswith(place) and len(core) > len(place) + 1:
            return core.removesuffix(place).strip()
    return core


def _strip_western(core: str) -> str:
    words = core.split()
    if len(words) > 1 and words[-1] in _LEGAL_EN | _PLACES_EN:
        return " ".join(words[:-1])
    if len(words) > 1 and words[0] == "the":
        return " ".join(words[1:])
    return core
