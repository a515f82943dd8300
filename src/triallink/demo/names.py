"""Fictional names, in both languages, drawn by a seeded generator."""

from dataclasses import dataclass
from random import Random

SURNAMES = [
    "王Wang",
    "李Li",
    "张Zhang",
    "刘Liu",
    "陈Chen",
    "杨Yang",
    "赵Zhao",
    "黄Huang",
    "周Zhou",
    "吴Wu",
    "徐Xu",
    "孙Sun",
    "胡Hu",
    "朱Zhu",
    "高Gao",
    "林Lin",
    "何He",
    "郭Guo",
    "马Ma",
    "罗Luo",
    "梁Liang",
    "宋Song",
    "郑Zheng",
    "谢Xie",
    "韩Han",
    "唐Tang",
    "冯Feng",
    "于Yu",
    "董Dong",
    "萧Xiao",
    "程Cheng",
    "曹Cao",
    "袁Yuan",
    "邓Deng",
    "许Xu",
    "傅Fu",
    "沈Shen",
    "曾Zeng",
    "彭Peng",
    "吕Lü",
    "苏Su",
    "卢Lu",
    "蒋Jiang",
    "蔡Cai",
    "贾Jia",
    "丁Ding",
    "魏Wei",
    "薛Xue",
    "叶Ye",
    "阎Yan",
]
GIVEN = [
    "敏Min",
    "静Jing",
    "丽Li",
    "强Qiang",
    "磊Lei",
    "军Jun",
    "洋Yang",
    "勇Yong",
    "艳Yan",
    "杰Jie",
    "娟Juan",
    "涛Tao",
    "明Ming",
    "超Chao",
    "秀Xiu",
    "霞Xia",
    "平Ping",
    "刚Gang",
    "桂Gui",
    "英Ying",
    "华Hua",
    "玉Yu",
    "萍Ping",
    "红Hong",
    "建Jian",
    "文Wen",
    "云Yun",
    "斌Bin",
    "宇Yu",
    "浩Hao",
    "凯Kai",
    "欣Xin",
    "雪Xue",
    "梅Mei",
    "琳Lin",
    "倩Qian",
    "晨Chen",
    "思Si",
    "佳Jia",
    "子Zi",
    "涵Han",
    "瑞Rui",
    "怡Yi",
    "博Bo",
    "嘉Jia",
    "睿Rui",
    "雨Yu",
    "晓Xiao",
    "安An",
    "宁Ning",
]
# Roots of organizations' names; none is a company we know of.
ROOTS = [
    "青石Bluestone",
    "晨星Daystar",
    "云帆Cloudsail",
    "江畔Riverbank",
    "北辰Northlight",
    "远山Farhill",
    "松涛Pinewave",
    "海港Harbor",
    "明湖Clearlake",
    "禾木Hemu",
    "雁回Wildgoose",
    "知行Zhixing",
    "百川Baichuan",
    "沐光Muguang",
    "启程Qicheng",
    "金穗Jinsui",
    "翠谷Greenvale",
    "长风Changfeng",
    "白桦Birch",
    "澄心Chengxin",
    "宏图Hongtu",
    "星桥Starbridge",
    "润泽Runze",
    "天枢Tianshu",
    "安禾Anhe",
    "瑞霖Ruilin",
    "同舟Tongzhou",
    "望川Wangchuan",
    "泽林Zelin",
    "嘉木Jiamu",
    "恒信Hengxin",
    "朗润Langrun",
    "鹿鸣Luming",
    "观澜Guanlan",
    "锦程Jincheng",
    "九歌Jiuge",
    "清源Qingyuan",
    "扬帆Yangfan",
    "慧泉Huiquan",
    "拓荒Tuohuang",
]
HOSPITAL_WORDS = (
    ("第一人民医院", "First People's Hospital"),
    ("中心医院", "Central Hospital"),
    ("第二人民医院", "Second People's Hospital"),
    ("中医院", "Hospital of Traditional Medicine"),
    ("肿瘤医院", "Cancer Hospital"),
    ("大学附属医院", "University Hospital"),
    ("儿童医院", "Children's Hospital"),
    ("胸科医院", "Chest Hospital"),
    ("第三人民医院", "Third People's Hospital"),
    ("妇幼保健院", "Women and Children's Hospital"),
)


@dataclass(frozen=True)
class Name:
    """A name in both languages."""

    en: str
    zh: str


def split(word: str) -> tuple[str, str]:
    """Return ("王", "Wang") of "王Wang"."""
    cut = next(index for index, letter in enumerate(word) if letter.isascii() or letter in "üÜ")
    return word[:cut], word[cut:]


def person(rng: Random) -> Name:
    """Return a person's name."""
    surname_zh, surname = split(rng.choice(SURNAMES))
    given = [split(word) for word in rng.sample(GIVEN, rng.choice((1, 2, 2)))]
    return Name(
        en=f"{''.join(latin for _, latin in given).capitalize()} {surname}",
        zh=surname_zh + "".join(letter for letter, _ in given),
    )


def company(rng: Random, kind: str, number: int) -> Name:
    """Return a company's name; the number makes it unique."""
    zh, en = split(ROOTS[number % len(ROOTS)])
    round_ = number // len(ROOTS)
    if round_:
        other_zh, other_en = split(ROOTS[(number + round_ * 7) % len(ROOTS)])
        zh, en = zh + other_zh, f"{en} {other_en}"
    words = {
        "smo": ("临床服务", "SMO"),
        "cro": ("医药研发服务", "Clinical Research"),
        "sponsor": ("医药", rng.choice(("Therapeutics", "Pharma", "Biosciences"))),
    }[kind]
    return Name(en=f"{en} {words[1]}", zh=f"{zh}{words[0]}")


def hospital(city_en: str, city_zh: str, number: int) -> Name:
    """Return a hospital's name in its city; the number makes it unique there. None of them exists as drawn."""
    zh, en = HOSPITAL_WORDS[number % len(HOSPITAL_WORDS)]
    suffix = number // len(HOSPITAL_WORDS)
    district_zh, district = split(ROOTS[(number * 3 + len(city_en)) % len(ROOTS)])
    root_zh, root = (
        (district_zh, f" {district}") if suffix == 0 else (f"{district_zh}{suffix}", f" {district} {suffix}")
    )
    return Name(en=f"{city_en}{root} {en}", zh=f"{city_zh}{root_zh}{zh}")
