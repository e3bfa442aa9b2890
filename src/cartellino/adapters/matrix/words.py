"""The one line that a server notice has beside Cartellino's own words: where the account page is."""

from __future__ import annotations

from cartellino.vocabulary.languages import chosen

_PAGE = {
    "en": "Your account page, which also works while the account is suspended or banned: {url}",
    "it": "La pagina del tuo account, che funziona anche se è sospeso o bloccato: {url}",
    "id": "Halaman akun Anda, yang tetap berfungsi saat akun ditangguhkan atau diblokir: {url}",
}


def with_link(text: str, language: str, url: str) -> str:
    """Return the text of a notice, followed by the way to the account page.

    >>> with_link("Il tuo account è sospeso.", "it", "https://a.example")
    'Il tuo account è sospeso.\\n\\nLa pagina del tuo account, che funziona anche se è sospeso o bloccato: https://a.example'
    """
    return f"{text}\n\n{chosen(_PAGE, language).format(url=url)}"
