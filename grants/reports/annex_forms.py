"""The form that asks for an annex as at a day."""

from datetime import date

from grants.kernel.forms import DateParts, Form


class AsAtForm(Form):
    """A GET form: an address with a day in it can be kept and sent on."""

    class Meta:
        csrf = False

    as_at = DateParts("As at", description="For example 22 3 2018.")

    def day(self, today: date) -> date:
        """The day asked for; today where none is, or where what was typed is no day."""
        return self.as_at.data if self.validate() and self.as_at.data else today
