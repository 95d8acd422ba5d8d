"""What everybody at the table reads, or is told by e-mail, says nothing of one bid."""

import pytest

from grants.appraisal.panels.naming import refuse_names
from grants.kernel.errors import Refused
from tests.factories import make_bid, make_council


def test_neither_a_bid_nor_a_council_with_a_bid_is_named(round_, bids):
    leeds = make_council("Leeds City Council", short_name="Leeds")
    make_bid(round_, lead=leeds)
    for words in ("Old depot first", f"On {bids[0].reference}", "LEEDS city council is put off", "The Leeds bid waits"):
        with pytest.raises(Refused, match="write what is said of a bid under that bid"):
            refuse_names(round_.id, words)
    refuse_names(round_.id, "We met in Leeds. A mark of 3 needs evidence; the pass mark stays.")
    refuse_names(round_.id, f"As {make_council('Yorkton Borough Council').name} said, which does not bid.")
