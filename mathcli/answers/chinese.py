"""Translates answers in Chinese into the reader's notation: numerals, counters, units, phrases.

Chinese data sets (CMATH, Gaokao) have such answers, and models give them.
"""

from __future__ import annotations

import re

_DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6,
           "七": 7, "八": 8, "九": 9}  # fmt: skip
_PLACES = {"十": 10, "百": 100, "千": 1000}
_MYRIADS = {"万": 10**4, "亿": 10**8}
_HAN = re.compile("[\u3007\u4e00-\u9fff]")
_PHRASES = {
    "no solution": "无解 没有解 无实数解 无实根 无实数根 没有实数根 没有实数解 空集 方程无解",
    "does not exist": "不存在 极限不存在 无意义 没有意义 未定义",
    "all real numbers": "所有实数 全体实数 任意实数 一切实数 实数集 任何实数",
    "infinitely many solutions": "无数解 无数个解 无穷多解 无穷多个解 有无数个解 无数个",
    "yes": "对 正确 是 是的 能 会 可以 够 够的 有 存在 真 真命题 相等 对的 可能",
    "no": "错 错误 不正确 否 不是 不对 不能 不会 不可以 不够 没有 假 假命题 不相等 错的 不可能",
    "Monday": "周一 星期一 礼拜一", "Tuesday": "周二 星期二 礼拜二",
    "Wednesday": "周三 星期三 礼拜三", "Thursday": "周四 星期四 礼拜四",
    "Friday": "周五 星期五 礼拜五", "Saturday": "周六 星期六 礼拜六",
    "Sunday": "周日 星期日 星期天 礼拜天 周天",
}  # fmt: skip
_WHOLE = {phrase: english for english, row in _PHRASES.items() for phrase in row.split()}
_LEAD = re.compile(
    r"^(?:(?:答案?|解|所以|因此|故|即|则|那么|结果|最终答案|最后|一共|总共|共|还剩|剩下|还有)"
    r"(?:应该?|等于)?[是为有]?\s*[:：,，]?\s*)+(?=\S)|^故?应?选(?:项|择)?\s*[:：]?\s*(?=[A-J])"
)
_OPTION = re.compile(r"^\(?([A-J])\)?\s*(?:选项|项)$|^选项\s*([A-J])$")
_UNIT = {
    "千米": "km", "公里": "km", "分米": "dm", "厘米": "cm", "毫米": "mm", "微米": "μm", "米": "m",
    "千克": "kg", "公斤": "kg", "毫克": "mg", "克": "g", "吨": "t", "毫升": "mL", "升": "L",
    "小时": "h", "分钟": "min", "秒钟": "s", "秒": "s", "元": "yuan", "角": "jiao", "分": "fen",
    "摄氏度": "°C", "度": "°", "公顷": "hectare", "天": "days", "周": "weeks", "年": "years",
    "个月": "months", "岁": "years",
}  # fmt: skip
_AREA = {"平方": "^2", "立方": "^3"}
_NAMES = "|".join(sorted(_UNIT, key=len, reverse=True))
_MEASURE = re.compile(
    rf"(?<=[\d}}\)πa-z])\s*(平方|立方)?({_NAMES})(?:[/每](小时|时|分钟|分|秒|千克|个|升))?"
)
_TIMES = {"时": "h", "小时": "h", "分": "min", "分钟": "min", "秒": "s"}
_COUNTED = re.compile(
    r"(?<=\d)\s*(?:个|倍|只|本|张|支|枝|条|件|台|辆|头|匹|朵|棵|颗|根|块|片|杯|瓶|盒|箱|袋|包|双|对"
    r"|套|组|排|行|页|层|间|座|架|艘|把|位|名|种|样|次|回|遍|趟|户|家|所|人|道|筐|桶|串|句|枚|篇|类)"
    r"[\u4e00-\u9fff]{0,6}$"
)
_NOT_COUNTED = re.compile("以上|以下|以内|左右|不|非|除|余|多|少|半|未")
_CLOCK = re.compile(
    r"(上午|早上|凌晨|中午|下午|晚上|傍晚)?(\d{1,2})(?:点|时)(?:(半)|(\d{1,2})分|整|钟)?(?![\d间])"
)
_EVENING = ("下午", "晚上", "傍晚")
_DATE = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})[日号]?")
_RUN = re.compile(
    "[零〇一二两三四五六七八九十百千万亿]+(?:点[零〇一二三四五六七八九]+)?"
    "(?!角形|边形|面体|棱|次|维|元[一二三]|定|样|般|直|起|切|致|分之)"
)
_PART = "(负?[零〇一二两三四五六七八九十百千万亿]+|[-\\d.]+)"
_REWRITES = [
    (re.compile(r"^(?:[a-z]\s*)?(?:不是|不等于|≠)\s*(?=[-\d])"), "not "),
    (re.compile(r"不等于"), " != "),
    (re.compile(r"(?:大约|约)(?:等于|是|为)?|近似(?:等于|为)"), r"\\approx "),
    (re.compile(r"大于等于|大于或等于|不小于"), ">="),
    (re.compile(r"小于等于|小于或等于|不大于"), "<="),
    (re.compile(r"等于"), "="),
    (re.compile(r"大于"), ">"),
    (re.compile(r"小于"), "<"),
    (re.compile(r"负\s*(?=[\d.\\])"), "-"),
    (re.compile(r"^(\d+)\s*余\s*(\d+)$"), r"\1 R \2"),
    (re.compile(r"^(\d+)(?:以上|或以上|及以上)$"), r"at least \1"),
    (re.compile(r"^(\d+)(?:以下|或以下|及以下)$"), r"at most \1"),
    (re.compile(r"(?<=\d)\s*万亿"), r" \\cdot 10^{12}"),
    (re.compile(r"(?<=\d)\s*亿"), r" \\cdot 10^{8}"),
    (re.compile(r"(?<=\d)\s*万"), r" \\cdot 10^{4}"),
]
_WORD_OR = re.compile(r"(?<![\u4e00-\u9fff])或者?(?![\u4e00-\u9fff])")
_WORD_AND = re.compile(r"(?<![\u4e00-\u9fff])[且和与](?![\u4e00-\u9fff])")


def in_ascii(text: str) -> str:
    r"""`text` with its Chinese phrases, numerals and units in the reader's notation.

    >>> in_ascii("百分之七十五"), in_ascii("三分之一"), in_ascii("15平方米"), in_ascii("12个")
    ('75%', '\\frac{1}{3}', '15 m^2', '12')
    """
    if not _HAN.search(text):
        return text
    text = _LEAD.sub("", _LEAD.sub("", text.strip())).strip(" 。.")
    if text in _WHOLE:
        return _WHOLE[text]
    option = _OPTION.match(text)
    if option:
        return f"({option[1] or option[2]})"
    text = _with_digits(_fractions(re.sub("^零下", "负", text)))
    text = _DATE.sub(lambda m: f"{m[1]}-{int(m[2]):02}-{int(m[3]):02}", text)
    clock = _CLOCK.fullmatch(text)
    if clock:
        return _clock(clock)
    for pattern, written in _REWRITES:
        text = pattern.sub(written, text)
    text = _MEASURE.sub(_measure, text)
    if not _NOT_COUNTED.search(text):
        text = _COUNTED.sub("", text)
    return _WORD_AND.sub(" and ", _WORD_OR.sub(" or ", text)).strip()


def _fractions(text: str) -> str:
    """Percentages and fractions in words: `百分之五`, `三分之二`, `二又三分之一`."""
    text = re.sub(f"百分之{_PART}", lambda m: _digits(m[1]) + "%", text)
    text = re.sub(
        f"{_PART}又{_PART}分之{_PART}",
        lambda m: rf"{_digits(m[1])}\frac{{{_digits(m[3])}}}{{{_digits(m[2])}}}",
        text,
    )
    return re.sub(
        f"{_PART}分之{_PART}", lambda m: rf"\frac{{{_digits(m[2])}}}{{{_digits(m[1])}}}", text
    )


def _with_digits(text: str) -> str:
    def written(match: re.Match[str]) -> str:
        alone = match[0] in _PLACES or match[0] in _MYRIADS
        after_digit = match.start() > 0 and text[match.start() - 1].isdigit()
        in_word = text[match.end() : match.end() + 1] in ("米", "克") and match[0] == "千"
        return match[0] if in_word or (alone and after_digit) else _digits(match[0])

    return _RUN.sub(written, text)


def _digits(written: str) -> str:
    """A numeral in digits; any other text unchanged."""
    if not _HAN.search(written):
        return written
    sign, plain = ("-", written[1:]) if written.startswith("负") else ("", written)
    whole, _, decimals = plain.partition("点")
    value = number(whole)
    if value is None:
        return written
    after = "".join(str(_DIGITS[digit]) for digit in decimals)
    return f"{sign}{value}.{after}" if after else f"{sign}{value}"


def number(numeral: str) -> int | None:
    """The value of a whole numeral.

    >>> number("七十五"), number("一百零三"), number("三万五千"), number("二〇二四"), number("十百")
    (75, 103, 35000, 2024, None)
    >>> number("一亿三千万"), number("一万亿"), number("三万五千亿零七万"), number("三万五万")
    (130000000, 1000000000000, 3500000070000, None)
    """
    if len(numeral) > 1 and all(sign in _DIGITS for sign in numeral):
        return int("".join(str(_DIGITS[sign]) for sign in numeral))
    total = section = 0
    digit: int | None = None
    last = 10**5
    for sign in numeral:
        if sign in _DIGITS:
            if digit not in (None, 0):
                return None
            digit = _DIGITS[sign]
        elif sign in _PLACES:
            if _PLACES[sign] >= last:
                return None
            last = _PLACES[sign]
            section += (1 if digit is None else digit) * last
            digit = None
        elif sign in _MYRIADS:
            below, size = section + (digit or 0), _MYRIADS[sign]
            if sign == "万" and below:
                if total % _MYRIADS["亿"]:  # a second 万
                    return None
                total += below * size
            else:
                total = (total + below) * size
            section, digit, last = 0, None, 10**5
        else:
            return None
    return total + section + (digit or 0)


def _measure(match: re.Match[str]) -> str:
    power = _AREA.get(match[1] or "", "")
    rate = f"/{_TIMES.get(match[3]) or _UNIT.get(match[3], '')}" if match[3] else ""
    unit = _UNIT[match[2]]
    gap = "" if unit.startswith("°") else " "
    return f"{gap}{unit}{power}{rate.rstrip('/')}" + (" " if not power and not rate else "")


def _clock(match: re.Match[str]) -> str:
    minutes = "30" if match[3] else f"{int(match[4] or 0):02}"
    half = " pm" if match[1] in _EVENING else " am" if match[1] and match[1] != "中午" else ""
    return f"{int(match[2])}:{minutes}{half}"
