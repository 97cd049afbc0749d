"""The player's JavaScript with its two challenges, and their answers.

yt-dlp must run the script to find them: who sends a wrong answer gets no media.
"""

import functools
from typing import Final

PLAYER_ID: Final = "0badc0de"
PLAYER_URL: Final = f"/s/player/{PLAYER_ID}/player_ias.vflset/en_US/base.js"
SIGNATURE_TIMESTAMP: Final = 20_700

_SCRIPT: Final = f"""\
var _yt_player={{}};(function(g){{var window=this;
/* padding */ var cfg={{signatureTimestamp:{SIGNATURE_TIMESTAMP}}};
var U=function(u){{this.u=u;this.p={{}}}};
U.prototype.set=function(k,v){{this.p[k]=v}};
U.prototype.get=function(k){{return k in this.p?this.p[k]:null}};
U.prototype.clone=function(){{return this}};
U.prototype.xN=function(){{if(this.p.n)this.p.n=this.p.n.split("").reverse().join("")+"Z"}};
var mk=function(u,sp,s){{var q=new U(u);q.set("alr","yes");
if(s){{q.set(sp,encodeURIComponent(decodeURIComponent(s).slice(3).split("").reverse().join("")))}}return q}};
}})(_yt_player);
"""
_FUNCTION: Final = (
    "var f%d=function(a,b,c){var d=a+b;for(var e=0;e<c.length;e++){"
    'if(c[e]===d||typeof b==="string"){d=[d,e,{k:a}].concat(c.slice(e))}'
    "else{switch(e){case 7:return b;default:d++}}}return d};\n"
)


def n_answer(challenge: str) -> str:
    """Give what the script makes of the ``n`` parameter."""
    return challenge[::-1] + "Z"


def signature_challenge(signature: str) -> str:
    """Give the enciphered form, from which the script makes `signature`."""
    return "abc" + signature[::-1]


@functools.lru_cache(4)
def player_js(kilobytes: int) -> bytes:
    """Give the script, padded with functions to `kilobytes`: what parsing costs grows with it."""
    count = kilobytes * 1024 // len(_FUNCTION)
    return _SCRIPT.replace("/* padding */", "".join(_FUNCTION % i for i in range(count))).encode()
