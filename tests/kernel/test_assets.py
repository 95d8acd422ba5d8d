import pytest

from grants.kernel.assets import RESERVED, STATIC, AssetsError, assert_unreserved, clean_css, clean_js


def test_the_font_becomes_helvetica_or_arial():
    assert clean_css(".a{font-family:GDS Transport,arial,sans-serif}") == ".a{font-family:Helvetica,Arial,sans-serif}"


def test_rules_that_show_the_font_the_crown_or_the_crest_go_and_their_neighbours_stay():
    css = (
        "@charset;.a{color:red}/*! licensed */@font-face{src:url(/assets/fonts/a.woff)}"
        "@media print{.footer__crown{margin:0}.b{color:blue}.c:before{mask-image:url(/assets/images/govuk-crest.svg)}}"
        "\n/*# sourceMappingURL=govuk-frontend.min.css.map */"
    )
    assert clean_css(css) == "@charset;.a{color:red}@media print{.b{color:blue}}\n"


def test_the_script_loses_only_the_address_of_its_source_map():
    assert clean_js("initAll();\n//# sourceMappingURL=govuk-frontend.min.js.map\n") == "initAll();\n"


def test_a_version_whose_reserved_parts_are_named_otherwise_is_refused():
    with pytest.raises(AssetsError, match="CREST"):
        assert_unreserved("The stylesheet", ".logo{content:CREST}")


@pytest.mark.parametrize("name", ["govuk-frontend.min.css", "govuk-frontend.min.js"])
def test_what_is_served_holds_nothing_reserved(name):
    served, notice, _ = (STATIC / name).read_text("utf-8").rpartition("\n/* GOV.UK Frontend")
    assert notice
    assert len(served) > 40_000
    assert not RESERVED.search(served)
