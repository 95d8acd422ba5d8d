"""Forms: what a person typed, read strictly, kept when it is wrong, and answered next to the field."""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, cast

from flask import request
from flask_wtf import FlaskForm
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.datastructures import CombinedMultiDict, MultiDict
from wtforms import Field, FileField, HiddenField, IntegerField, MultipleFileField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import InputRequired, Length, ValidationError

from grants.kernel import money, text
from grants.kernel.db import db
from grants.kernel.errors import Overtaken, Refused

LONGEST_LINE = 200
LONGEST_TEXT = 50_000


class Form(FlaskForm):  # type: ignore[misc]  # Flask-WTF is not typed
    """Every form of the product: it refuses text that no database or export could carry."""

    overtaken = False
    """Somebody else changed meanwhile what this form was to change; the page then shows what stands."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            """A file reaches fields for files alone: no other field could read one that was sent under its name."""
            sent = super().wrap_formdata(form, formdata)
            if not isinstance(sent, CombinedMultiDict):
                return sent
            takes = {name for name, field in form._fields.items() if isinstance(field, FileField | MultipleFileField)}
            files = [(name, file) for name, file in request.files.items(multi=True) if name in takes]
            return CombinedMultiDict([MultiDict(files), request.form])

    def validate(self, extra_validators: Any = None) -> bool:
        fit = True
        valid = cast(bool, super().validate(extra_validators))
        for field in self:
            chosen = field.data if isinstance(field.data, list) else [field.data]
            if what := next(filter(None, (text.unfit(one) for one in chosen if isinstance(one, str))), None):
                field.errors = [
                    text.about(field.label.text, f"has a character that cannot be kept ({what}). Type it again.")
                ]
                fit = False
        return valid and fit

    @property
    def all_errors(self) -> list[tuple[str, str]]:
        """(id to jump to, message) in the order of the page; the form's own messages first."""
        found = [("", str(message)) for message in self.form_errors]
        for field in self:
            found += [(getattr(field, "first_id", field.id), str(message)) for message in field.errors]
        return found

    def refuse(self, refusal: Refused) -> None:
        """Show an operation's refusal where it belongs."""
        self.overtaken = self.overtaken or isinstance(refusal, Overtaken)
        if refusal.field and refusal.field in self:
            field = self[refusal.field]
            field.errors = [*field.errors, str(refusal)]
        else:
            self.form_errors.append(str(refusal))


class CreateForm(Form):
    """A form that makes something: sent twice, its token lets the same thing be found instead of made again."""

    form_token = HiddenField(default=lambda: secrets.token_urlsafe(24), validators=[Length(max=40)])


class SeenField(HiddenField):
    """The version or digest of what a person had before them: where none came, nothing, and never what stands now."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = valuelist[0] if valuelist else ""


def version_of(typed: str) -> int:
    """0 where none came with the request, or none that is a number: it matches nothing that is stored."""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0


class EditForm(Form):
    """A form that changes something: it says which version the person had before them."""

    version = SeenField()

    @property
    def version_seen(self) -> int:
        """As in `version_of`."""
        return version_of(str(self.version.data or ""))

    def catch_up(self, version: int) -> None:
        """Who was overtaken, and has just been told so, saves next on top of what now stands."""
        if self.overtaken:
            self.version.data = str(version)


@dataclass
class Attempt:
    ok: bool = False


@contextmanager
def attempt(form: Form) -> Iterator[Attempt]:
    """Run one operation and commit it: `ok` afterwards says whether it went through.

    A refusal, or a change that somebody else made first, rolls everything back and is shown on the form.
    """
    outcome = Attempt()
    try:
        yield outcome
        db.session.commit()
        outcome.ok = True
    except Refused as refusal:
        db.session.rollback()
        form.refuse(refusal)
    except (StaleDataError, IntegrityError):
        db.session.rollback()
        form.refuse(Overtaken())


class Line(StringField):
    """One line of text, tidied."""

    def __init__(self, label: str, *, longest: int = LONGEST_LINE, required: str = "", **kwargs: Any) -> None:
        checks = [*_required(required), Length(max=longest, message=f"{label} must be {longest} characters or fewer.")]
        super().__init__(label, [*checks, *kwargs.pop("validators", [])], filters=[_tidied], **kwargs)


class Paragraphs(TextAreaField):
    """Text of several lines, with a limit in words where the programme sets one."""

    def __init__(self, label: str, *, most_words: int | None = None, required: str = "", **kwargs: Any) -> None:
        self.most_words = most_words
        checks = [*_required(required), Length(max=LONGEST_TEXT, message=f"{label} is too long to be kept.")]
        super().__init__(label, [*checks, *kwargs.pop("validators", [])], filters=[_tidied], **kwargs)

    @property
    def words(self) -> int:
        """How many it has as the page shows it, for a browser that does not count."""
        return text.words(self.data or "")

    def post_validate(self, form: Any, validation_stopped: bool) -> None:
        count = self.words
        if self.most_words and count > self.most_words:
            raise ValidationError(text.about(self.label.text, f"has {count:,} words; it may have {self.most_words:,}."))


class PenceField(Field):
    """An amount in pounds, kept as pence: None for an empty box, which is not nought."""

    def __init__(self, label: str, *, required: str = "", least: int = 0, **kwargs: Any) -> None:
        self.least = least
        super().__init__(label, [*_required(required), *kwargs.pop("validators", [])], **kwargs)

    def _value(self) -> str:
        return self.raw_data[0] if self.raw_data else money.typed_pounds(self.data)

    def process_formdata(self, valuelist: list[Any]) -> None:
        typed = valuelist[0].strip() if valuelist else ""
        self.data = None
        if not typed:
            return
        try:
            self.data = money.parse_pounds(typed)
        except ValueError:
            raise ValueError(
                text.about(self.label.text, "must be an amount in pounds, like 1,250 or 1250.50.")
            ) from None

    def post_validate(self, form: Any, validation_stopped: bool) -> None:
        if self.data is not None and self.data < self.least:
            raise ValidationError(text.about(self.label.text, f"must be {money.pounds(self.least)} or more."))


class HundredthsField(Field):
    """A number with at most two decimals, kept in hundredths: None for an empty box."""

    def __init__(self, label: str, *, required: str = "", decimals: bool = True, **kwargs: Any) -> None:
        self.decimals = decimals
        super().__init__(label, [*_required(required), *kwargs.pop("validators", [])], **kwargs)

    def _value(self) -> str:
        if self.raw_data:
            return cast(str, self.raw_data[0])
        if self.data is None:
            return ""
        whole, rest = divmod(self.data, 100)
        return f"{whole:,}.{rest:02}".rstrip("0").rstrip(".") if rest else f"{whole:,}"

    def process_formdata(self, valuelist: list[Any]) -> None:
        typed = valuelist[0].strip() if valuelist else ""
        self.data = None
        if not typed:
            return
        try:
            self.data = self._read(typed)
        except ValueError:
            raise ValueError(text.about(self.label.text, "must be a number, like 1,250 or 12.5.")) from None

    def _read(self, typed: str) -> int:
        return money.parse_pounds(typed.removeprefix("£"))

    def post_validate(self, form: Any, validation_stopped: bool) -> None:
        if self.data is not None and not self.decimals and self.data % 100:
            raise ValidationError(text.about(self.label.text, "must be a whole number."))


class PercentField(HundredthsField):
    """A percentage, kept in hundredths of a percent: `15%` is 15."""

    def _read(self, typed: str) -> int:
        return super()._read(typed.removesuffix("%").rstrip())


class WholeNumber(IntegerField):
    """A whole number between two bounds."""

    def __init__(self, label: str, *, least: int, most: int, required: str = "", **kwargs: Any) -> None:
        self.least, self.most = least, most
        super().__init__(label, _required(required), **kwargs)

    def process_formdata(self, valuelist: list[Any]) -> None:
        typed = valuelist[0].strip() if valuelist else ""
        self.data, self.raw_data = None, [typed]  # a blank is nothing typed: whether it may be, others ask
        if typed and not (typed.isascii() and typed.isdigit() and len(typed) < 19):
            raise ValueError(text.about(self.label.text, "must be a whole number."))
        self.data = int(typed) if typed else None

    def post_validate(self, form: Any, validation_stopped: bool) -> None:
        if self.data is not None and not self.least <= self.data <= self.most:
            raise ValidationError(text.about(self.label.text, f"must be between {self.least:,} and {self.most:,}."))


class DateParts(Field):
    """A date in three boxes, day, month and year: `name-day`, `name-month`, `name-year`."""

    def __init__(self, label: str, *, required: str = "", **kwargs: Any) -> None:
        self.required_message = required
        self.typed = ("", "", "")
        super().__init__(label, **kwargs)

    @property
    def first_id(self) -> str:
        return f"{self.id}-day"

    def _value(self) -> str:
        return self.data.isoformat() if self.data else ""

    def parts(self) -> list[tuple[str, str, str]]:
        """(part, label, typed value) of each box."""
        labels = (("day", "Day"), ("month", "Month"), ("year", "Year"))
        return [(part, label, typed) for (part, label), typed in zip(labels, self.typed, strict=True)]

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        super().process(None, *([data] if data is not None else []))
        if self.data:
            self.typed = (str(self.data.day), str(self.data.month), str(self.data.year))
        self.process_errors = []
        if formdata is None or not any(f"{self.name}-{part}" in formdata for part in ("day", "month", "year")):
            return
        day, month, year = (str(formdata.get(f"{self.name}-{part}", "")).strip() for part in ("day", "month", "year"))
        self.typed, self.data = (day, month, year), None
        if not any(self.typed):
            return
        try:
            if not all(part.isascii() and part.isdigit() for part in self.typed) or len(year) != 4:
                raise ValueError
            self.data = date(int(year), int(month), int(day))
        except (ValueError, OverflowError):
            self.process_errors = [text.about(self.label.text, "must be a real date, like 31 3 2028.")]

    def post_validate(self, form: Any, validation_stopped: bool) -> None:
        if self.required_message and self.data is None and not self.process_errors:
            raise ValidationError(self.required_message)


class Ticked:
    """A box that must be ticked, with the sentence that says so."""

    field_flags = {"required": True}  # noqa: RUF012 - WTForms reads it from the class

    def __init__(self, message: str) -> None:
        self.message = message

    def __call__(self, form: Any, field: Any) -> None:
        if not field.data:
            raise ValidationError(self.message)


def choices(options: Sequence[tuple[str, str]], *, blank: str = "") -> list[SelectChoice]:
    """WTForms choices from (value, label) pairs, with an empty one first where `blank` gives it words."""
    first = [SelectChoice("", blank)] if blank else []
    return first + [SelectChoice(value, label) for value, label in options]


def enum_choices(kind: type[StrEnum], *, blank: str = "") -> list[SelectChoice]:
    """One choice for each member, its value made readable."""
    return choices([(m.value, m.value.replace("_", " ").capitalize()) for m in kind], blank=blank)


def _required(message: str) -> list[Any]:
    return [InputRequired(message)] if message else []


def _tidied(value: str | None) -> str:
    return text.tidy(value or "")
