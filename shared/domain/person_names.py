"""Names of people as they are compared: width, case, order, titles and forms of address say nothing."""

from __future__ import annotations

import unicodedata

from shared.domain.company_names import has_han

_ADDRESS_ZH = (
    "先生",
    "女士",
    "小姐",
    "太太",
    "老师",
    "经理",
    "总监",
    "总经理",
    "主任",
    "博士",
    "教授",
    "同学",
    "工程师",
)
_ADDRESS = frozenset(
    (
        *(
            "mr",
            "mrs",
            "ms",
            "miss",
            "dr",
            "prof",
            "professor",
            "herr",
            "frau",
            "dipl",
            "ing",
            "mba",
            "phd",
            "sir",
            "madam",
        ),
    )
)
_COMPOUND = {
    "欧阳": "ouyang",
    "司马": "sima",
    "上官": "shangguan",
    "诸葛": "zhuge",
    "司徒": "situ",
    "东方": "dongfang",
    "夏侯": "xiahou",
    "皇甫": "huangfu",
    "尉迟": "yuchi",
    "公孙": "gongsun",
    "慕容": "murong",
    "令狐": "linghu",
    "宇文": "yuwen",
    "长孙": "zhangsun",
}
_MARKS = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "oe", "å": "aa", "æ": "ae", "ł": "l"}
# Surnames by their sound: enough for nine people in ten.
_PINYIN = dict(
    pair.split(":")
    for pair in [
        "王:wang",
        "李:li",
        "张:zhang",
        "刘:liu",
        "陈:chen",
        "杨:yang",
        "黄:huang",
        "赵:zhao",
        "吴:wu",
        "周:zhou",
        "徐:xu",
        "孙:sun",
        "马:ma",
        "朱:zhu",
        "胡:hu",
        "郭:guo",
        "何:he",
        "高:gao",
        "林:lin",
        "罗:luo",
        "郑:zheng",
        "梁:liang",
        "谢:xie",
        "宋:song",
        "唐:tang",
        "许:xu",
        "韩:han",
        "冯:feng",
        "邓:deng",
        "曹:cao",
        "彭:peng",
        "曾:zeng",
        "肖:xiao",
        "田:tian",
        "董:dong",
        "袁:yuan",
        "潘:pan",
        "于:yu",
        "蒋:jiang",
        "蔡:cai",
        "余:yu",
        "杜:du",
        "叶:ye",
        "程:cheng",
        "苏:su",
        "魏:wei",
        "吕:lv",
        "丁:ding",
        "任:ren",
        "沈:shen",
        "姚:yao",
        "卢:lu",
        "姜:jiang",
        "崔:cui",
        "钟:zhong",
        "谭:tan",
        "陆:lu",
        "汪:wang",
        "范:fan",
        "金:jin",
        "石:shi",
        "廖:liao",
        "贾:jia",
        "夏:xia",
        "韦:wei",
        "付:fu",
        "方:fang",
        "白:bai",
        "邹:zou",
        "孟:meng",
        "熊:xiong",
        "秦:qin",
        "邱:qiu",
        "江:jiang",
        "尹:yin",
        "薛:xue",
        "闫:yan",
        "段:duan",
        "雷:lei",
        "侯:hou",
        "龙:long",
        "史:shi",
        "陶:tao",
        "黎:li",
        "贺:he",
        "顾:gu",
        "毛:mao",
        "郝:hao",
        "龚:gong",
        "邵:shao",
        "万:wan",
        "钱:qian",
        "严:yan",
        "覃:qin",
        "武:wu",
        "戴:dai",
        "莫:mo",
        "孔:kong",
        "向:xiang",
        "汤:tang",
    ]
)


def name_words(name: str) -> tuple[str, ...]:
    """The words of a name in one order; a Chinese name is one word. Empty for what names nobody. ``Prof. Dr. Müller, Jürgen`` is (juergen, mueller)."""
    return tuple(sorted(words_as_written(name)))


def words_as_written(name: str) -> tuple[str, ...]:
    """The words of a name as `name_words` has them, in the order in which they were written."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    if has_han(folded):
        return _chinese("".join(char for char in folded if has_han(char)))
    for mark, plain in _MARKS.items():
        folded = folded.replace(mark, plain)
    bare = "".join(char for char in unicodedata.normalize("NFD", folded) if unicodedata.category(char) != "Mn")
    words = "".join(char if char.isalnum() else " " for char in bare.replace("'", "")).split()
    return tuple(word for word in words if word not in _ADDRESS)


def _chinese(name: str) -> tuple[str, ...]:
    for form in sorted(_ADDRESS_ZH, key=len, reverse=True):
        if name.endswith(form) and len(name) > len(form):
            return _chinese(name.removesuffix(form))
    return (name,) if name else ()


def surname_sounds(name: str) -> set[str]:
    """How the surname may sound: by it a Chinese name and its transcription meet. Of a Western name any word may be the surname."""
    words = name_words(name)
    if len(words) == 1 and has_han(words[0]):
        turned = turned_round(name)
        return {_sound(each) for each in (words[0], turned) if each}
    return {word for word in words if len(word) > 1}


def surname_of(word: str) -> str:
    """The surname of a Chinese name that is one word, surname first."""
    return word[:2] if word[:2] in _COMPOUND else word[:1]


def _sound(word: str) -> str:
    surname = surname_of(word)
    return surname_sound(surname) or surname


def surname_sound(surname: str) -> str:
    """``zhang`` of 张; "" for a rare one."""
    return _COMPOUND.get(surname) or _PINYIN.get(surname, "")


def turned_round(name: str) -> str:
    """The word of a Chinese name that was written given name first, ``张伟`` of ``伟 张``; "" where nothing speaks for that."""
    parts = unicodedata.normalize("NFKC", name).split()
    if len(parts) != 2 or not all(map(has_han, "".join(parts))):
        return ""
    given, last = parts
    return f"{last}{given}" if surname_sound(last) and not surname_sound(surname_of(given)) else ""


def is_surname_only(name: str) -> bool:
    """Whether only the family is named, as in 林小姐: it fits everybody of that name."""
    words = name_words(name)
    if len(words) != 1:
        return False
    return len(words[0]) == 1 or words[0] in _COMPOUND if has_han(words[0]) else True
