"""The soak calls a page flat that keeps nothing of its updates, and no other."""

import pytest

import soak

PAGE = """() => {
    window.held = Array.from({ length: 40_000 }, (_, number) => ({ number }));
    window.soak = { updates: 0, count: async () => ({}) };
    window.update = (leaves) => {
        const fresh = { object: {}, node: document.createElement("i"), listener: () => {} };
        if (leaves === "listener") document.body.addEventListener("click", fresh.listener);
        else if (leaves) held.push(fresh[leaves]);
        soak.updates++;
    };
}"""


@pytest.mark.parametrize(
    ("leaves", "grown"),
    [("", set()), ("object", {"objects"}), ("node", {"nodes"}), ("listener", {"objects", "listeners"})],
)
def test_one_thing_left_by_each_update_is_growth(browser, leaves, grown):
    page = browser.new_page()
    page.set_content("<form></form>")
    page.evaluate(PAGE)
    measured = soak.Soak(page, None, soak.QUICK)
    for _ in range(4):
        page.evaluate("(leaves) => { for (let n = 0; n < 1000; n++) update(leaves); }", leaves)
        measured.measure()
    found = soak.find_growths(measured.sizes)
    assert {name for name, growth in found.items() if growth > soak.MOST_GROWTH} == grown, found
    page.close()
