"""Read the forms of a page as a browser sends them."""

from html.parser import HTMLParser


class Forms(HTMLParser):
    """Hold of each form its action and the fields that are sent when nothing is touched."""

    def __init__(self, text):
        super().__init__()
        self.found, self._select = {}, None
        self._fields = {}
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "form":
            self._fields = self.found.setdefault((given.get("action"), given.get("aria-label")), {})
        elif tag == "select":
            self._select = given["name"]
            self._fields[self._select] = None
        elif tag == "option" and self._select:
            if "selected" in given or self._fields[self._select] is None:
                self._fields[self._select] = given.get("value", "")
        elif tag == "input" and given.get("name") and given.get("type") not in ("checkbox", "file"):
            self._fields[given["name"]] = given.get("value") or ""

    def handle_endtag(self, tag):
        if tag == "select":
            self._select = None


def sent(text, label):
    """Give the fields of the form with a label."""
    return next(dict(fields) for (_, own), fields in Forms(text).found.items() if own == label)
