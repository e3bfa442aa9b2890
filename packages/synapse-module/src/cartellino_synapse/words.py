"""What a person reads when an operation is refused, in their language."""

from __future__ import annotations

import time

from cartellino_synapse.settings import LANGUAGES

REFUSED: dict[str, dict[str, str]] = {
    "new_chats": {
        "en": "You cannot start new chats",
        "it": "Non puoi iniziare nuove chat",
        "id": "Anda tidak dapat memulai obrolan baru",
    },
    "groups": {
        "en": "You cannot create rooms or invite people to them",
        "it": "Non puoi creare stanze né invitare persone",
        "id": "Anda tidak dapat membuat ruang atau mengundang orang ke dalamnya",
    },
    "lookups": {
        "en": "You cannot search for people or look at profiles of people you share no room with",
        "it": "Non puoi cercare persone né vedere i profili di chi non è in una stanza con te",
        "id": "Anda tidak dapat mencari orang atau melihat profil orang yang tidak seruang dengan Anda",
    },
    "media": {
        "en": "You cannot upload files",
        "it": "Non puoi caricare file",
        "id": "Anda tidak dapat mengunggah berkas",
    },
    "profile": {
        "en": "You cannot change your profile",
        "it": "Non puoi modificare il tuo profilo",
        "id": "Anda tidak dapat mengubah profil",
    },
    "status": {
        "en": "You cannot change your status",
        "it": "Non puoi modificare il tuo stato",
        "id": "Anda tidak dapat mengubah status",
    },
    "calls": {
        "en": "You cannot start calls",
        "it": "Non puoi avviare chiamate",
        "id": "Anda tidak dapat memulai panggilan",
    },
    "suspension": {
        "en": "Your account is suspended",
        "it": "Il tuo account è sospeso",
        "id": "Akun Anda ditangguhkan",
    },
    "ban": {
        "en": "Your account is banned",
        "it": "Il tuo account è bloccato definitivamente",
        "id": "Akun Anda diblokir permanen",
    },
    "challenge": {
        "en": "Your account waits until you confirm that it is yours",
        "it": "Il tuo account è fermo finché non confermi che è tuo",
        "id": "Akun Anda ditahan sampai Anda memastikan bahwa akun ini milik Anda",
    },
    "unknown": {
        "en": "This is not possible just now; please try again in a while",
        "it": "In questo momento non è possibile; riprova tra poco",
        "id": "Saat ini tidak dapat dilakukan; silakan coba lagi nanti",
    },
}
"""What cannot be done, by scope or kind of sanction."""

_UNTIL = {"en": " until {at} UTC.", "it": " fino al {at} UTC.", "id": " sampai {at} UTC."}
_DATES = {"en": "%Y-%m-%d at %H:%M", "it": "%d/%m/%Y, ore %H:%M", "id": "%d/%m/%Y pukul %H.%M"}
_CHATS_GO_ON = {
    "en": " Your existing chats go on as before.",
    "it": " Le chat che hai già continuano a funzionare.",
    "id": " Obrolan yang sudah ada tetap berjalan.",
}
_MORE = {
    "en": " Reason, remaining time and appeal: {url}",
    "it": " Motivo, tempo che manca e ricorso: {url}",
    "id": " Alasan, sisa waktu, dan banding: {url}",
}


def sentence(what: str, language: str, reason: str, ends_at: int | None, url: str) -> str:
    """Return the text of a refusal: what, until when, why, what still works, and where to read on.

    `what` is a scope, a kind of sanction, or `unknown`; `ends_at` is in milliseconds since 1970.
    """
    language = language if language in LANGUAGES else "en"
    said = REFUSED[what][language]
    if ends_at is None:
        said += "."
    else:
        said += _UNTIL[language].format(at=time.strftime(_DATES[language], time.gmtime(ends_at / 1000)))
    said += f" {reason}" if reason else ""
    if what not in ("suspension", "ban", "challenge", "unknown"):
        said += _CHATS_GO_ON[language]
    return said + (_MORE[language].format(url=url) if url else "")


DOOR: dict[str, dict[str, str]] = {
    "title": {"en": "Your account", "it": "Il tuo account", "id": "Akun Anda"},
    "about": {
        "en": "Here you see whether your account is limited, why and until when, and you can appeal. It also works "
        "while your account is suspended or banned.",
        "it": "Qui vedi se il tuo account è limitato, perché e fino a quando, e puoi presentare ricorso. Funziona "
        "anche se l'account è sospeso o bloccato.",
        "id": "Di sini Anda melihat apakah akun Anda dibatasi, mengapa, dan sampai kapan, serta dapat mengajukan "
        "banding. Halaman ini tetap berfungsi saat akun ditangguhkan atau diblokir.",
    },
    "user": {"en": "User name", "it": "Nome utente", "id": "Nama pengguna"},
    "password": {"en": "Password", "it": "Password", "id": "Kata sandi"},
    "enter": {"en": "Continue", "it": "Continua", "id": "Lanjutkan"},
    "wrong": {
        "en": "User name or password is wrong.",
        "it": "Nome utente o password errati.",
        "id": "Nama pengguna atau kata sandi salah.",
    },
    "often": {
        "en": "Too many tries. Please wait a while.",
        "it": "Troppi tentativi. Attendi un po'.",
        "id": "Terlalu banyak percobaan. Tunggu sebentar.",
    },
    "later": {
        "en": "The page cannot be reached just now. Please try again in a few minutes.",
        "it": "In questo momento la pagina non è raggiungibile. Riprova tra qualche minuto.",
        "id": "Halaman ini sedang tidak dapat dijangkau. Silakan coba lagi beberapa menit lagi.",
    },
}
"""The words of the door to the account page."""
