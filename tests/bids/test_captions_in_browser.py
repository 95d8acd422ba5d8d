"""A wide table on a narrow phone: its rows are moved aside, and its caption is read whole."""

import pytest
from playwright.sync_api import expect

from grants.bids.models import BidStatus
from grants.people.roles import Role
from tests.browser import photograph
from tests.entrance import entered
from tests.factories import PASSWORD, make_bid, make_person

pytestmark = pytest.mark.browser
TITLE = "The depot, the old quay, the two car parks behind the library and the allotments beside the railway"


def test_no_word_of_a_tables_caption_is_cut_off_on_a_phone(session, new_page):
    bid = make_bid(status=BidStatus.DRAFT)
    bid.projects[0].title = TITLE
    reader = make_person(Role.BID_AUTHOR, council=bid.lead_council, password=PASSWORD).email
    address = f"/bids/{bid.key}/print"
    session.commit()
    page = entered(new_page, reader)
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(address)
    captions = page.locator(".grants-scroll caption", has_text=TITLE)
    expect(captions.first).to_be_visible()
    wider = "box => box.querySelector('caption').getBoundingClientRect().right > box.getBoundingClientRect().right + 1"
    boxes = page.locator(".grants-scroll", has=page.locator("caption", has_text=TITLE))
    assert not any(box.evaluate(wider) for box in boxes.all())
    assert any(box.evaluate("box => box.scrollWidth > box.clientWidth") for box in boxes.all())
    boxes.first.evaluate("box => { box.scrollLeft = 200; }")
    assert captions.first.bounding_box()["x"] >= 0
    photograph(page, "bids-captions-narrow")
