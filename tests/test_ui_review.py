"""The review desk in a real browser: reading speed, undo, samples, comments, earlier words, two
people at once, findings while somebody types."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from test_service_desk import sheet
from ui_serving import ADA, Server, serving
from ui_visiting import MARKS, PATIENCE, Visit, box, product

from studio.edge import COOKIE
from studio.pipeline import make_draft
from studio.schema import Actor, Listing, Role, State

pytest_plugins = ("ui_visiting",)
pytestmark = MARKS
MEI = Actor(name="mei", role=Role.MERCHANT)
RUI = Actor(name="rui", role=Role.REVIEWER)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("review")
    with serving(folder) as running:
        studio = running.studio
        studio.import_catalog([sheet(folder, count=22)], MEI)
        tasks, _ = studio.plan(MEI, channel="shopify", ids=["B1"])
        made = make_draft(tasks[0], studio.kit)  # all have the same pictures: one is enough
        for i in range(1, 23):
            studio.store.save_draft(made.model_copy(update={"product": f"B{i}"}), MEI)
        yield running


# So many are left, and the one in hand is in sight.
READY = """n => document.querySelectorAll('.st-item:not(.st-done)').length === n && (n === 0 ||
  document.querySelector('.st-item[aria-current]')?.dataset.to ===
  document.querySelector('[data-nonce]')?.dataset.listing)"""


def sent(server: Server, *numbers: int) -> list[Listing]:
    """These wait for review, and no others."""
    studio = server.studio
    for held in studio.listings(ADA, state=State.SUBMITTED, limit=100):
        studio.withdraw(held.id, revision=held.revision, actor=ADA)
    found = []
    for number in numbers:
        item = studio.listing(f"B{number}/shopify/en-US", ADA)
        if item.state is not State.DRAFT:
            item = studio.withdraw(item.id, revision=item.revision, actor=ADA)
        found.append(studio.submit(item.id, revision=item.revision, actor=MEI))
    return found


def here(page: Any, id: str) -> None:
    page.wait_for_selector(f'[data-nonce][data-listing="{id}"]')


def test_a_key_approves_and_the_next_is_there_at_once(visit: Visit, server: Server) -> None:
    first, second, third = (one.id for one in sent(server, 1, 2, 3))
    page = visit("/review", "rui")
    here(page, first)
    page.wait_for_function("() => performance.getEntriesByType('resource').filter("
                           "e => e.name.includes('/desk/item')).length >= 2")  # fmt: skip
    held: list[Any] = []
    page.route("**/desk/do**", lambda route: held.append(route))  # the server is not even asked yet
    page.keyboard.press("a")
    here(page, second)
    assert server.studio.listing(first, ADA).state is State.SUBMITTED
    held[0].continue_()
    page.wait_for_selector(".st-told .st-good")
    assert server.studio.listing(first, ADA).state is State.APPROVED
    page.keyboard.press("k")
    assert page.get_attribute("[data-nonce]", "data-listing") == second  # what is decided is past
    page.keyboard.press("j")
    here(page, third)


def test_the_next_comes_also_when_the_server_confirms_before_it_is_here(
    visit: Visit, server: Server
) -> None:
    first, second, third = (one.id for one in sent(server, 1, 2, 3))
    page = visit("/review", "rui")
    slow: list[Any] = []
    page.route("**/desk/item**", lambda route: slow.append(route))
    page.reload()
    here(page, first)
    page.keyboard.press("a")
    page.wait_for_selector(".st-told .st-good")
    for route in slow:
        route.continue_()
    here(page, second)
    page.keyboard.press("a")
    here(page, third)
    for _ in range(PATIENCE // 50):  # nothing may be on its way still when the next test begins
        if server.studio.listing(second, ADA).state is State.APPROVED:
            break
        page.wait_for_timeout(50)
    assert server.studio.listing(second, ADA).state is State.APPROVED


def test_a_reload_before_the_next_is_here_comes_to_the_next(visit: Visit, server: Server) -> None:
    first, second = (one.id for one in sent(server, 1, 2))
    page = visit("/review", "rui")
    page.route("**/desk/item**", lambda route: None)
    page.reload()
    here(page, first)
    page.keyboard.press("a")
    page.wait_for_selector(".st-told .st-good")
    page.unroute("**/desk/item**")
    page.reload()
    here(page, second)


def test_undo_brings_the_last_one_back_even_after_a_reload(visit: Visit, server: Server) -> None:
    first, second = (one.id for one in sent(server, 1, 2))
    page = visit("/review", "rui", "zh-CN")
    here(page, first)
    page.keyboard.press("a")
    page.wait_for_selector(".st-told .st-good:has-text('已批准')")
    page.reload()
    here(page, second)
    page.keyboard.press("u")
    here(page, first)
    page.wait_for_selector(".st-told .st-good:has-text('已撤销')")
    assert server.studio.listing(first, ADA).state is State.SUBMITTED
    kinds = [e.kind for e in server.studio.events(ADA, listing=first, limit=200)]
    assert kinds[-2:] == ["approved", "undone"]


def test_what_was_refused_behind_comes_back_with_the_reason(visit: Visit, server: Server) -> None:
    first, second = sent(server, 1, 2)
    page = visit("/review", "rui")
    here(page, first.id)
    server.studio.withdraw(first.id, revision=first.revision, actor=MEI)
    page.keyboard.press("a")
    page.wait_for_selector("#problem:has-text('draft')")
    here(page, first.id)
    sent(server, 1, 2)
    page.reload()
    here(page, first.id)
    page.context.set_offline(True)
    page.keyboard.press("a")
    page.wait_for_selector(".st-told .st-bad")
    page.context.set_offline(False)
    assert page.locator(".st-done").count() == 0
    assert server.studio.listing(first.id, ADA).state is State.SUBMITTED
    page.click(".st-told .st-link")
    here(page, first.id)
    page.context.clear_cookies()
    page.keyboard.press("a")
    page.wait_for_selector(".st-told .st-bad:has-text('session has ended')")
    assert second.id


def test_the_keys_rest_in_a_text_field(visit: Visit, server: Server) -> None:
    (first,) = (one.id for one in sent(server, 1))
    page = visit("/review", "rui")
    here(page, first)
    page.click("#say")
    page.keyboard.type("japan are u?")
    assert page.input_value("#say") == "japan are u?"
    assert server.studio.listing(first, ADA).state is State.SUBMITTED
    page.click("[data-do=comment]")
    page.wait_for_selector(".st-said:has-text('japan are u?')")


def test_a_sample_and_the_rest(visit: Visit, server: Server) -> None:
    ids = [one.id for one in sent(server, *range(1, 23))]
    page = visit("/review", "rui")
    page.click("[data-dialog=sample]")
    page.select_option("#bound", "0.2")
    page.click("dialog[open] button[value=yes]")
    page.wait_for_selector(".st-plan")
    assert "14 of 22" in page.inner_text(".st-plan h2")
    assert "19.3 %" in page.inner_text(".st-plan")
    for left in range(13, -1, -1):
        page.keyboard.press("a")
        page.wait_for_function(READY, arg=left)
    page.click("[data-do=rest]")
    page.wait_for_selector(".st-told .st-good:has-text('8')")
    held = [server.studio.listing(id, ADA) for id in ids]
    assert {one.state for one in held} == {State.APPROVED}
    plans = [server.studio.events(ADA, listing=id, limit=200).items[-1] for id in ids]
    assert sum("plan" in line.detail for line in plans) == 8


def test_all_drafts_of_a_filter_are_submitted_but_those_with_findings(
    visit: Visit, server: Server
) -> None:
    studio = server.studio
    sent(server, *range(1, 23))
    sent(server)  # all are drafts
    few = len(studio.listings(ADA, state=State.DRAFT, search="Mug 1", limit=100).items)
    assert 10 < few < 20
    bad = studio.listing("B9/shopify/en-US", ADA)
    words = {"description": "A mug that cures cancer."}
    studio.edit(bad.id, words, revision=bad.revision, actor=MEI)
    page = visit("/review?state=draft&search=Mug%201", "mei")
    page.wait_for_function("n => document.querySelectorAll('.st-item').length === n", arg=few)
    page.click("[data-do=send]")
    page.click("dialog[open] button[value=yes]")
    page.wait_for_selector(f".st-told .st-good:has-text('Submitted for review: {few}.')")
    page.goto(f"{server.url}/review?state=draft&search=Mug%209")
    page.wait_for_selector(".st-item")
    assert page.locator("[data-do=send]").count() == 0  # one is submitted by itself
    assert studio.submit_all(MEI, search="Norvale Mug")[1] == 1
    assert studio.listing(bad.id, ADA).state is State.DRAFT
    waiting = studio.listings(ADA, state=State.SUBMITTED, limit=100)
    assert len(waiting.items) == 21
    for held in waiting:
        studio.withdraw(held.id, revision=held.revision, actor=ADA)


def test_who_sees_to_it_stands_in_the_queue(visit: Visit, server: Server) -> None:
    first, second = (one.id for one in sent(server, 1, 2))
    page = visit(f"/review?listing={second}", "mei", "zh-CN")
    here(page, second)
    page.click("[data-do=assign]")
    page.select_option("#person", "rui")
    page.fill("#due", "2026-01-05")
    page.click("dialog[open] button[value=yes]")
    page.wait_for_selector(".st-status :text('处理人：rui')")
    for mine in ("mine=1", "overdue=1"):
        page = visit(f"/review?{mine}", "rui")
        here(page, second)
        assert page.locator(".st-item").count() == 1
    assert first


def test_earlier_words_come_back(visit: Visit, server: Server) -> None:
    listing = server.make("OK-1")
    server.studio.edit(listing.id, {"title": "Mug 2"}, revision=listing.revision, actor=ADA)
    page = visit(product(listing.id), "mei")
    page.wait_for_selector(".st-beside")
    page.click('[data-look][data-place="title"]')
    page.click("dialog[open] button[value=yes] >> nth=0")
    page.wait_for_selector("#said")
    assert box(page, "title").input_value() == listing.text.title
    page.click(".st-card summary:has-text('History')")
    page.click(f'[data-look="{listing.revision + 1}"]')
    page.click("dialog[open] button[value=yes]")
    page.wait_for_function("() => document.querySelector('#f-title')?.value === 'Mug 2'")
    assert len(server.studio.store.revisions(listing.id)) == listing.revision + 3


def test_a_revision_comes_back_with_its_pictures(visit: Visit, server: Server) -> None:
    listing = server.studio.listing("B22/shopify/en-US", ADA)
    tasks, _ = server.studio.plan(ADA, channel="shopify", ids=["B22"], pictures=False, force=True)
    assert not server.studio.generate(tasks, ADA, replace=True).failed
    assert server.studio.listing(listing.id, ADA).pictures == ()
    page = visit(product(listing.id), "mei")
    page.wait_for_selector("#save")
    page.click(".st-card summary:has-text('History')")
    page.click(f'[data-look="{listing.revision}"]')
    page.wait_for_selector("dialog[open] .st-photos img")
    assert page.locator("dialog[open] .st-photos img").count() == len(listing.pictures)
    page.click("dialog[open] button.st-main")
    page.wait_for_selector("#said:has-text('is back, as a new revision')")
    assert page.locator(".st-compare .st-top").count() == len(listing.pictures)
    held = server.studio.listing(listing.id, ADA)
    assert (held.pictures, held.author) == (listing.pictures, "mei")


def test_another_scene_is_drawn_and_the_first_is_chosen_back(visit: Visit, server: Server) -> None:
    first = server.studio.listing("B20/shopify/en-US", ADA)
    page = visit(product(first.id), "mei", "zh-CN")
    page.wait_for_selector("#save")
    assert page.locator(".st-pick").count() == 0
    page.click('form[action*="another=1"] button')
    page.wait_for_selector(".st-pick")
    other = server.studio.listing(first.id, ADA)
    assert other.pictures[0] == first.pictures[0]
    assert other.pictures[1].sha256 != first.pictures[1].sha256
    assert page.get_attribute(".st-pick", "data-picture") == first.pictures[1].sha256
    page.click(".st-pick")
    page.wait_for_selector("#said:has-text('已换成您选的图片')")
    assert server.studio.listing(first.id, ADA).pictures == first.pictures
    viewer = visit(product(first.id), "vic")
    viewer.wait_for_selector(".st-compare")
    assert viewer.locator('.st-pick, form[action*="another"]').count() == 0


def test_a_comment_stands_at_its_field(visit: Visit, server: Server) -> None:
    (first,) = (one.id for one in sent(server, 1))
    page = visit("/review", "rui", "zh-CN")
    here(page, first)
    page.click('[data-do=comment][data-place="title"]')
    page.fill("dialog[open] textarea", "<b>尺寸对吗？</b>")
    page.click("dialog[open] button[value=yes]")
    page.wait_for_selector('.st-piece:has(#f-title) .st-remarks:has-text("<b>尺寸对吗？</b>")')
    line = server.studio.events(ADA, listing=first, limit=200).items[-1]
    assert (line.kind, line.detail["field"]) == ("commented", "title")
    assert page.locator(".st-remarks").count() == 1  # at no other field
    viewer = visit(product(first), "vic")
    viewer.wait_for_selector(".st-remarks:has-text('尺寸对吗')")
    assert viewer.locator("[data-do=comment]").count() == 0


def test_findings_follow_the_typing_and_nothing_is_stored(visit: Visit, server: Server) -> None:
    listing = server.make("BAD-1")
    page = visit(product(listing.id), "mei")
    page.wait_for_selector("#save")
    field = box(page, "description")
    field.fill("🙂 A lamp that cures cancer.")
    page.wait_for_selector(".st-under .st-finding")
    assert "cures cancer" in " ".join(page.locator(".st-box mark").all_inner_texts())
    field.fill("🙂 A lamp.")
    page.wait_for_selector(".st-piece:has(#f-description) .st-finding", state="detached")
    assert page.locator(".st-piece:has(#f-description) mark").count() == 0
    assert server.studio.listing(listing.id, ADA) == listing
    field.fill("A lamp that cures cancer.")
    page.wait_for_selector(".st-under [data-do=fix_one]")
    page.locator(".st-under [data-do=fix_one]").first.click()
    page.wait_for_selector("#said")
    assert "cancer" not in server.studio.listing(listing.id, ADA).text.description


def test_the_later_of_two_sees_what_changed_and_takes_it(visit: Visit, server: Server) -> None:
    listing = server.make("TWO-1")
    page = visit(product(listing.id), "mei")
    page.wait_for_selector("#save")
    box(page, "title").fill("Tote of mei")
    change = {"title": "Tote of ada", "description": "A canvas tote."}
    server.studio.edit(listing.id, change, revision=listing.revision, actor=ADA)
    page.click("#save")
    page.wait_for_selector("#st-since")
    told = page.inner_text(".st-changes")
    assert "ada" in page.inner_text("#st-since")
    assert "A canvas tote." in told
    page.click(".st-clash [data-take]")
    assert box(page, "title").input_value() == "Tote of ada"
    assert box(page, "description").input_value() == "A canvas tote."


def wished(visit: Visit, listing: str, hint: str) -> Any:
    """The page of a listing whose description is asked for anew."""
    page = visit(product(listing), "mei")
    page.wait_for_selector("#save")
    page.click('[data-do=again][data-place="description"]')
    page.fill("#hint-again", hint)
    page.click("dialog[open] button[value=yes]")
    return page


def test_again_with_a_hint_is_shown_first(visit: Visit, server: Server) -> None:
    listing = server.make("OK-1")
    page = wished(visit, listing.id, "shorter")
    page.wait_for_selector(".st-changes, #said")
    assert server.studio.listing(listing.id, ADA) == listing


def test_a_wish_that_no_fact_carries_is_told_where_it_was_made(
    visit: Visit, server: Server
) -> None:
    listing = server.make("OK-1")
    page = wished(visit, listing.id, "mention the zeppelin")
    page.wait_for_selector("text=The facts say nothing of zeppelin")
    assert server.studio.listing(listing.id, ADA) == listing


def test_the_quick_answers_ask_who_it_is_and_what_they_are_sent(server: Server) -> None:
    (first,) = sent(server, 1)
    order = {"do": "approve", "listing": first.id, "revision": first.revision}
    item = f"/desk/item?listing={first.id}"
    with httpx.Client(base_url=server.url) as nobody:
        assert nobody.get(item).status_code == 401
        assert nobody.post("/desk/do", json=order).status_code == 401
    with httpx.Client(base_url=server.url, cookies={COOKIE: server.token("vic")}) as viewer:
        assert "data-do=" not in viewer.get(item).text.replace('data-do="open"', "")
        assert "viewer" in viewer.post("/desk/do", json=order).json()["problem"]
        words = {"title": "The best"}
        check = {"do": "check", "listing": first.id, "fields": words}
        assert viewer.post("/desk/check", json=check).status_code == 403
    with httpx.Client(base_url=server.url, cookies={COOKIE: server.token("rui")}) as reviewer:
        for forged in ({**order, "role": "admin"}, {**order, "revision": -1}, [], "approve"):
            assert reviewer.post("/desk/do", json=forged).status_code == 422
        long = {"do": "save", "listing": first.id, "fields": {"title": "x" * 100_001}}
        assert reviewer.post("/desk/do", json=long).status_code == 422
        elsewhere = {"origin": "https://other.example"}
        assert reviewer.post("/desk/do", json=order, headers=elsewhere).status_code == 403
        assert reviewer.post("/desk/do", json={"do": "drop", "listing": first.id}).json()["problem"]
        for path in ("/desk/item?listing=<b>none", "/desk/versions?listing=none&field=title"):
            assert reviewer.get(path).status_code == 404
    assert server.studio.listing(first.id, ADA).state is State.SUBMITTED
