"""Writes down what the distribution `packaging` answers while its own tests run (a plugin for pytest).

What a test calls is an input, what it gets is the expected result, and the test itself vouches for it. Calls that the library
makes of itself are left out, and so is everything that would evaluate a marker: an index never does.
"""

import functools
import json
import os

import pytest

CASES = {
    "versions": {},
    "comparisons": {},
    "specifiers": {},
    "contains": {},
    "filters": {},
    "requirements": {},
    "markers": {},
    "names": {},
    "canonicalVersions": {},
    "wheelFilenames": {},
    "sdistFilenames": {},
    "emails": {},
    "metadata": {},
    "metadataFields": {},
}

depth = 0
passing = []


def note(kind, key, result):
    """Kept once the test that called has passed."""
    passing.append((kind, json.dumps(key, sort_keys=True, default=as_text), key, result))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item):
    passing.clear()
    outcome = yield
    if outcome.excinfo is not None:
        return
    for kind, key, original, result in passing:
        known = CASES[kind].setdefault(key, [original, result])
        if known[1] != result:
            raise AssertionError(f"{kind} {key}: {known[1]} and {result}")


def pytest_sessionfinish(session, exitstatus):
    with open(os.environ["PACKAGING_CASES"], "w", encoding="utf-8") as output:
        document = {kind: list(cases.values()) for kind, cases in CASES.items()}
        shorten(document)
        lines = [f"{json.dumps(kind)}: [\n{','.join(map(line, cases))}]" for kind, cases in document.items()]
        output.write("{" + ",\n".join(lines) + "}\n")


def line(case):
    return json.dumps(case, separators=(",", ":"), default=as_text) + "\n"


def shorten(document):
    """Versions that are compared, and lists that are filtered, stand once each; cases name them by position."""
    texts, lists = {}, {}
    document["comparisons"] = [
        [*(texts.setdefault(text, len(texts)) for text in pair), order] for pair, order in document["comparisons"]
    ]
    document["filters"] = [
        [kind, spec, lists.setdefault(tuple(items), len(lists)), prereleases, positions_of(kept, items)]
        for (kind, spec, items, prereleases), kept in document["filters"]
    ]
    document["comparedVersions"] = list(texts)
    document["filteredLists"] = [list(items) for items in lists]


def positions_of(kept, items):
    positions, start = [], 0
    for text in kept:
        start = items.index(text, start) + 1
        positions.append(start - 1)
    return positions


def as_text(value):
    """Latin-1 carries every byte through JSON."""
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def recorded(kind, function, key, result, errors):
    """`function`, which notes what it was called with from outside and what became of it."""

    @functools.wraps(function)
    def call(*args, **kwargs):
        global depth
        depth += 1
        try:
            value = function(*args, **kwargs)
        except errors as error:
            if depth == 1:
                asked = key(*args, **kwargs)
                if asked is not None:
                    note(kind, asked, {"error": fields_of(error)})
            raise
        finally:
            depth -= 1
        if depth == 0:
            asked = key(*args, **kwargs)
            if asked is not None:
                note(kind, asked, result(value, *args))
        return value

    return call


def fields_of(error):
    """The metadata fields that a group of errors names; true for any other error."""
    if hasattr(error, "exceptions"):
        return sorted({getattr(one, "field", "") for one in error.exceptions})
    return getattr(error, "field", True)


def text_only(_self, text=None, *rest, **named):
    return text if isinstance(text, str) and not rest and not named else None


def install():
    from packaging import markers, metadata, requirements, specifiers, utils, version

    invalid = Exception

    def version_parts(_value, self, *_):
        return {
            "str": str(self),
            "epoch": str(self.epoch),
            "release": [str(part) for part in self.release],
            "pre": None if self.pre is None else [self.pre[0], str(self.pre[1])],
            "post": None if self.post is None else str(self.post),
            "dev": None if self.dev is None else str(self.dev),
            "local": self.local,
            "isPrerelease": self.is_prerelease,
        }

    Version = version.Version
    Version.__init__ = recorded("versions", Version.__init__, text_only, version_parts, invalid)
    for name in ("__lt__", "__le__", "__eq__", "__ge__", "__gt__", "__ne__"):

        def compare(self, other, original=getattr(Version, name)):
            global depth
            depth += 1
            try:
                value = original(self, other)
            finally:
                depth -= 1
            if depth == 0 and isinstance(other, Version):
                a, b = self._key, other._key
                note("comparisons", [str(self), str(other)], -1 if a < b else 1 if a > b else 0)
            return value

        setattr(Version, name, functools.wraps(getattr(Version, name))(compare))

    def printed(_value, self, *_):
        return {"str": str(self)}

    for kind in (specifiers.Specifier, specifiers.SpecifierSet):
        set_name = kind.__name__

        def spec_key(self, text=None, *rest, set_name=set_name, **named):
            return [set_name, text] if isinstance(text, str) else None

        kind.__init__ = recorded("specifiers", kind.__init__, spec_key, printed, invalid)

        def contains_key(self, item, prereleases=None, installed=None, set_name=set_name):
            if prereleases is None:
                prereleases = self._prereleases
            if installed is not None:
                return None
            return [set_name, str(self), str(item), prereleases]

        def answer(value, *_):
            return value

        kind.contains = recorded("contains", kind.contains, contains_key, answer, ())
        kind.__contains__ = recorded(
            "contains", kind.__contains__, contains_key, answer, ()
        )

        def listed(self, iterable, prereleases=None, key=None, original=kind.filter, set_name=set_name):
            global depth
            items = list(iterable)
            depth += 1
            try:
                value = list(original(self, items, prereleases=prereleases, **({} if key is None else {"key": key})))
            finally:
                depth -= 1
            plain = key is None and all(isinstance(item, (str, Version)) for item in items)
            if depth == 0 and plain:
                chosen = self._prereleases if prereleases is None else prereleases
                asked = [set_name, str(self), [str(item) for item in items], chosen]
                note("filters", asked, [str(item) for item in value])
            return iter(value)

        kind.filter = functools.wraps(kind.filter)(listed)

    requirements.Requirement.__init__ = recorded(
        "requirements", requirements.Requirement.__init__, text_only, printed, invalid
    )
    markers.Marker.__init__ = recorded("markers", markers.Marker.__init__, text_only, printed, invalid)

    def first(text, *rest, **named):
        return text if isinstance(text, str) and not rest and not named else None

    def name_key(name, *rest, **named):
        return [name, named.get("validate", False)] if isinstance(name, str) else None

    def canonical_key(text, *rest, **named):
        return [str(text), named.get("strip_trailing_zero", True)]

    same = lambda value, *_: value  # noqa: E731
    wheel = lambda value, *_: {  # noqa: E731
        "name": value[0],
        "version": str(value[1]),
        "build": None if value[2] == () else f"{value[2][0]}{value[2][1]}",
        "tags": sorted(str(tag) for tag in value[3]),
    }
    sdist = lambda value, *_: {"name": value[0], "version": str(value[1])}  # noqa: E731
    import_from = [
        (utils, "canonicalize_name", "names", name_key, same),
        (utils, "canonicalize_version", "canonicalVersions", canonical_key, same),
        (utils, "parse_wheel_filename", "wheelFilenames", first, wheel),
        (utils, "parse_sdist_filename", "sdistFilenames", first, sdist),
        (metadata, "parse_email", "emails", email_key, email_result),
    ]
    for module, name, kind, key, result in import_from:
        setattr(module, name, recorded(kind, getattr(module, name), key, result, invalid))

    validate_field = metadata._Validator.__get__

    def get_field(self, instance, owner):
        global depth
        asked = [self.raw_name, instance._raw.get(self.name), instance._raw.get("metadata_version")]
        depth += 1
        try:
            value = validate_field(self, instance, owner)
        except metadata.InvalidMetadata:
            if depth == 1:
                note("metadataFields", asked, {"error": True})
            raise
        finally:
            depth -= 1
        if depth == 0:
            note("metadataFields", asked, {"ok": True})
        return value

    metadata._Validator.__get__ = get_field

    original = metadata.Metadata.from_raw.__func__

    def from_raw(cls, data, *, validate=True):
        global depth
        depth += 1
        try:
            value = original(cls, data, validate=validate)
        except Exception as error:
            if depth == 1 and validate:
                note("metadata", dict(data), {"error": fields_of(error)})
            raise
        finally:
            depth -= 1
        if depth == 0 and validate:
            note("metadata", dict(data), {"ok": True})
        return value

    metadata.Metadata.from_raw = classmethod(from_raw)


def email_key(data, *_):
    return as_text(data if isinstance(data, bytes) else data.encode("utf-8", "surrogateescape"))


def email_result(value, *_):
    raw, unparsed = value
    return {"raw": raw, "unparsed": unparsed}


install()
