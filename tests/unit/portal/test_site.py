"""The whole site: each owner's folder for itself, every page inert, whole and the same each time."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from posixpath import dirname, join, normpath
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.unit.portal.estates import (
    AT,
    FINANCE,
    FULL,
    HOST,
    OWNERSHIP,
    REPORTS,
    TOKYO,
    advice,
    asking,
    hostile,
    made,
    pages_of,
    task,
    text_of,
    told,
)
from tests.unit.report.examples import HOSTILE
from tests.unit.report.pages import Page
from tests.unit.report.test_neutralise import is_inert

from watchkeeper.evidence.owners import Owner, Ownership
from watchkeeper.model.address_template import AddressTemplate
from watchkeeper.model.evidence_rules import RemediationRules
from watchkeeper.model.gathering import Found, Piece
from watchkeeper.portal.site import POLICY, Site
from watchkeeper.portal.told import Home, Told
from watchkeeper.report.document import Link


@pytest.fixture(scope="module")
def full() -> Site:
    return made(FULL)


def test_its_files_are_these(full: Site) -> None:
    assert set(full.files) == {
        "assets/style.css",
        *("index.html", "index.ja.html", "soc/index.html", "soc/index.ja.html"),
        *(f"soc/compliance{each}" for each in (".html", ".ja.html", ".csv", ".ja.csv")),
        *(
            f"owners/finance/{each}"
            for each in ("index.html", "index.ja.html", "remediation.csv", "remediation.ja.csv")
        ),
        *(f"owners/tokyo/{each}" for each in ("index.html", "index.en.html", "remediation.csv", "remediation.en.csv")),
        *(f"soc/unowned/{each}" for each in ("index.html", "index.ja.html", "remediation.csv", "remediation.ja.csv")),
    }


def test_the_same_findings_are_the_same_bytes(full: Site) -> None:
    assert made(FULL).files == full.files


def test_an_owner_reads_its_own_language_first_and_may_choose_the_other(full: Site) -> None:
    for name, language, other in (("index.html", "ja", "index.en.html"), ("index.en.html", "en", "index.html")):
        page = Page(text_of(full, f"owners/tokyo/{name}"))
        assert page.one("html").attributes["lang"] == language
        [link] = [each for each in page.all("a") if "hreflang" in each.attributes]
        assert link.attributes == {
            "href": other,
            "lang": {"ja": "en", "en": "ja"}[language],
            "hreflang": {"ja": "en", "en": "ja"}[language],
        }


def test_every_link_within_the_site_leads_to_a_file_of_it(full: Site) -> None:
    for name, written in pages_of(full):
        page = Page(written)
        for url in (each.attributes["href"] for each in page.all("a", "link")):
            if url.startswith("#"):
                assert url[1:] in {each.attributes.get("id") for each in page.elements}
            elif not url.startswith("https://"):
                assert normpath(join(dirname(name), url)) in full.files, (name, url)


def test_every_page_can_be_reached_from_the_first(full: Site) -> None:
    reached, waiting = set[str](), ["index.html"]
    while waiting:
        name = waiting.pop()
        if name in reached or not name.endswith(".html"):
            continue
        reached.add(name)
        urls = (each.attributes["href"] for each in Page(text_of(full, name)).all("a"))
        waiting += [normpath(join(dirname(name), url)) for url in urls if not url.startswith(("#", "https://"))]
    assert reached == {name for name in full.files if name.endswith(".html")}


def test_what_has_no_ticket_yet_is_told_to_its_owner_and_to_the_soc() -> None:
    tasks = [task(str(number), product=f"v-_-p{number}", due=number) for number in (2, 3, 4)]
    done = task("done", product="v-_-gone", completed=True, fixed=40)
    keys = [("finance", f"update/v-_-{name}") for name in ("p2", "p3", "p4", "gone", "elsewhere")]
    known = told(*tasks, done, untold=frozenset(keys[1:]))
    site = made(replace(known, tickets={keys[2]: Link("INC0010042", f"https://{HOST}/x")}, untold=frozenset(keys[1:])))
    assert "1 of them has no ticket yet; its turn comes." in text_of(site, "owners/finance/index.html")
    assert text_of(site, "owners/finance/index.html").count("<dd>none yet, its turn comes</dd>") == 1
    assert "1 task has no ticket yet" in text_of(site, "soc/index.html")
    site = made(known)
    assert "2 of them have no ticket yet" in text_of(site, "owners/finance/index.html")
    assert "2 件にはまだチケットがありません" in text_of(site, "soc/index.ja.html")
    assert "no ticket yet" not in text_of(made(replace(known, untold=frozenset())), "owners/finance/index.html")


def test_the_soc_is_told_that_a_task_of_several_owners_counts_for_each(full: Site) -> None:
    said = "A task that several owners are asked for counts for each of them"
    assert said not in text_of(full, "soc/index.html")
    shared = made(told(task("a", "Finance", "Tokyo clients")))
    assert said in text_of(shared, "soc/index.html")
    assert "0 of 2 tasks" in text_of(shared, "soc/index.html")


def test_the_shipped_ways_are_links_whatever_they_are_about() -> None:
    known = told(task("a", title="Set (it) ^x=1", product="", component=""), rules=RemediationRules())
    links = [each.attributes["href"] for each in Page(text_of(made(known), "owners/finance/index.html")).all("a")]
    ways = [each for each in links if each.startswith(f"https://{HOST}/incident.do?sys_id=-1&sysparm_query=")]
    assert [parse_qs(urlsplit(each).query)["sysparm_query"][0].split(":")[0] for each in ways] == [
        "short_description=Not mine",
        "short_description=Exception",
    ]


class TestApart:
    """A folder for each owner: the web server's access rules are worth what is not in it."""

    def canaries(self) -> tuple[Told, dict[str, str]]:
        """Owners with a word of their own in everything that is theirs."""
        words = {f"owner-{number}": f"canary{number}x" for number in range(12)}
        owners, tasks, tickets = [], [], {}
        for number, (owner, word) in enumerate(words.items()):
            owners.append(
                Owner(
                    owner, f"{word} name", f"{word} group", f"{word}@corp.example", (f"{word} clients", f"{word} hosts"),
                    (("en", f"{word} name"), ("ja", f"{word} 名前")), "ja" if number % 2 else "en", "UTC",
                )
            )  # fmt: skip
            for kind in ("update", "configurationChange", "uninstall"):
                tasks += [
                    task(
                        f"{word}-{kind}-{state}", f"{word} clients", product=f"v-_-{word}{kind}{state}", component=f"{word} product",
                        title=f"{word} title", notes=f"{word} note", requester=f"{word}@soc.example", kind=kind,
                        due=state, completed=state == 5, completed_by=f"{word} person", recommended_version=f"{word}.1",
                        target=100 + number,
                    )
                    for state in (-9, 3, 5, 99)
                ]  # fmt: skip
            tickets[owner, f"update/v-_-{word}update-9"] = Link(f"{word}INC", f"https://{HOST}/{word}")
        pairs = zip(words.values(), [*list(words.values())[1:], "nobody"], strict=True)
        tasks += [
            task(f"of-two-{number}", f"{one} clients", f"{other} clients", product=f"v-_-two{number}", due=2)
            for number, (one, other) in enumerate(pairs)
        ]
        unowned = task("u", "nobody", title="canaryux", component="canaryux", notes="canaryux")
        ownership = Ownership(tuple(owners))
        rules = RemediationRules(not_mine=asking("n"), exception=asking("e"))
        known = told(
            *tasks, unowned, ownership=ownership, tickets=tickets, rules=rules, reports=REPORTS,
            untold=frozenset((owner, f"update/v-_-{word}update3") for owner, word in words.items()),
            recommendations=tuple(advice(id=f"va-_-v-_-{word}update3", title=f"{word} advice") for word in words.values()),
        )  # fmt: skip
        return known, {**words, "unowned": "canaryux"}

    def test_an_owner_s_folder_holds_nothing_of_another_s(self) -> None:
        known, words = self.canaries()
        site = made(known)
        for name, content in site.files.items():
            found = set(re.findall(r"canary\w+?x", content.decode()))
            if name.startswith("owners/"):
                assert found == {words[name.split("/")[1]]}, name
            elif not name.startswith("soc/"):
                assert found == set(), name

    def test_nor_is_it_told_of_how_many_of_another_s_wait(self) -> None:
        known, _ = self.canaries()
        site = made(replace(known, untold=frozenset(each for each in known.untold if each[0] == "owner-0")))
        telling = {
            name
            for name, page in pages_of(site)
            if name.startswith("owners/") and ("1 of them has no ticket yet" in page or "1 件にはまだ" in page)
        }
        assert telling == {"owners/owner-0/index.html", "owners/owner-0/index.ja.html"}

    def test_nor_does_the_name_of_a_file_outside_of_it(self) -> None:
        known, words = self.canaries()
        folders = {name.split("/")[1] for name in made(known).files if name.startswith("owners/")}
        assert folders == set(words) - {"unowned"}

    def test_of_a_task_that_two_are_asked_for_each_sees_its_own_groups(self) -> None:
        site = made(told(task("a", "Finance", "Tokyo clients")))
        assert "Tokyo clients" not in text_of(site, "owners/finance/index.html")
        assert "Finance" not in text_of(site, "owners/tokyo/index.en.html")
        assert "Other owners were asked for this as well" in text_of(site, "owners/tokyo/index.en.html")

    def test_the_first_page_and_the_style_sheet_name_no_owner(self, full: Site) -> None:
        for name in ("index.html", "index.ja.html", "assets/style.css"):
            assert not re.search(r"Finance|Tokyo|東京|finance|tokyo|owners/", text_of(full, name))

    def test_two_owners_of_one_id_are_refused(self) -> None:
        with pytest.raises(ValueError, match="two pages"):
            made(told(ownership=Ownership((FINANCE, replace(TOKYO, id="finance")))))


class TestSafety:
    @pytest.mark.parametrize("text", HOSTILE)
    def test_hostile_text_is_inert_on_every_page(self, text: str) -> None:
        for name, content in made(hostile(text)).files.items():
            written = content.decode()
            if name.endswith(".html"):
                assert is_inert(written), name
                self.require_harmless(Page(written), name)
            elif name.endswith(".csv"):
                rows = list(csv.reader(io.StringIO(written.removeprefix("\ufeff"))))
                assert [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []

    def require_harmless(self, page: Page, name: str) -> None:
        names = {each.name for each in page.elements}
        assert not names & {"script", "style", "iframe", "img", "object", "embed", "form", "input", "base", "use"}, name
        attributes = [key for each in page.elements for key in each.attributes]
        assert [key for key in attributes if key.startswith("on") or key in {"style", "src", "srcset"}] == [], name
        urls = [urlsplit(each.attributes["href"]) for each in page.all("a") if "://" in each.attributes["href"]]
        assert all(url.scheme == "https" and url.hostname == HOST for url in urls), name
        relative = [each.attributes["href"] for each in page.all("a") if "://" not in each.attributes["href"]]
        assert all(
            re.fullmatch(r"#content|(\.\./)*([a-z0-9_-]+/)*[a-z]+(\.[a-z]{2})?\.(html|csv)", url) for url in relative
        )

    def test_its_policy_allows_its_own_style_sheet_and_pictures_alone(self, full: Site) -> None:
        for name, written in pages_of(full):
            [policy] = [
                each.attributes["content"]
                for each in Page(written).all("meta")
                if each.attributes.get("http-equiv") == "Content-Security-Policy"
            ]
            assert policy == POLICY, name
            assert policy.startswith("default-src 'none'; style-src 'self';")

    @pytest.mark.parametrize(
        "address",
        [
            "javascript:alert(1)",
            "http://example.service-now.com/",
            "https://user@example.service-now.com/",
            "https:///x",
            "https://[/",
            'https://x.example/"onclick="x',
            "https://x.example/ x",
            "",
        ],
    )
    def test_an_address_of_the_rules_that_is_no_plain_https_one_is_no_link(self, address: str) -> None:
        rules = RemediationRules(not_mine=AddressTemplate(address), exception=None)
        site = made(told(task("a"), rules=rules))
        assert "This is not mine" not in text_of(site, "owners/finance/index.html")

    def test_a_secret_that_a_text_holds_is_hidden_before_it_is_escaped(self) -> None:
        from watchkeeper.portal.site import site_of

        site = site_of(told(task("a", notes="pass<word")), hide=lambda text: text.replace("pass<word", "***"))
        assert "***" in text_of(site, "owners/finance/index.html")
        assert b"word" not in b"".join(site.files.values()).replace(b"word-", b"").replace(b"-word", b"")


class TestTheOwnersPage:
    def page(self, site: Site, name: str = "owners/finance/index.html") -> Page:
        return Page(text_of(site, name))

    def test_what_is_overdue_comes_first_then_what_is_due_and_the_rest(self, full: Site) -> None:
        parts = [each.text for each in self.page(full).all("h2")]
        assert parts == [
            "In numbers",
            "act ✗ Overdue (1)".replace("act ✗", "✗ act"),
            "○ open Due soon (1)",
            "Later (1)",
            "Exception approved (1)",
            "✓ good Done (1)",
            "Progress",
            "If something is wrong",
        ]

    def test_it_says_of_when_the_data_are(self, full: Site) -> None:
        assert "Data as of 2026-11-16 06:00 +00:00." in self.page(full).one("main").text
        assert "データ取得：2026-11-16 15:00 +09:00。" in self.page(full, "owners/tokyo/index.html").one("main").text

    def test_old_data_are_called_old_and_fresh_ones_are_not(self, full: Site) -> None:
        old = made(replace(FULL, now=AT + timedelta(days=3)))
        assert (
            "These data are old: last read on 2026-11-16 06:00 +00:00, 3 days ago." in self.page(old).one("main").text
        )
        assert "These data are old" not in self.page(full).one("main").text

    def test_a_task_says_what_to_do_and_leads_to_its_ticket_and_to_those_who_decide(self, full: Site) -> None:
        [article, *_] = self.page(full).all("article")
        assert article.children[0].text == "✗ act Update Microsoft Edge on 12 of your 40 devices, 9 days overdue"
        assert "28 of 40 devices mended" in article.text
        assert "Attack code for it is public: do this first." in article.text
        links = {each.text: each.attributes["href"] for each in self.page(full).all("a") if each.within("article")}
        assert links["INC0010042"] == f"https://{HOST}/nav_to.do?uri=incident.do"
        asked = f"https://{HOST}/ask.do?not-mine=finance&about=(update%2Fmicrosoft-_-edge)&ticket=INC0010042"
        assert links["This is not mine"].startswith(f"https://{HOST}/ask.do?not-mine=finance&about=")
        assert asked in [each.attributes["href"] for each in self.page(full).all("a")]

    def test_without_rules_nobody_is_told_of_links_that_are_not_there(self) -> None:
        written = text_of(made(told(task("a"))), "owners/finance/index.html")
        assert "This is not mine" not in written
        assert "with the links below" not in written
        assert "ask SOC Oversight." in written

    def test_of_what_nobody_owns_nobody_is_told_that_it_is_theirs(self, full: Site) -> None:
        written = text_of(full, "soc/unowned/index.html")
        assert "Update Microsoft Edge on 12 of 40 devices, 2 days overdue" in written
        assert ("This is not mine" in written, "Ask for an exception" in written) == (False, True)

    def test_the_note_of_who_asked_is_in_no_language_that_we_know(self, full: Site) -> None:
        [note] = self.page(full).all("q")
        assert (note.text, note.attributes["lang"]) == ("Please restart it.", "")

    def test_the_spreadsheet_has_every_task_in_the_order_of_the_page(self, full: Site) -> None:
        written = text_of(full, "owners/finance/remediation.csv")
        rows = list(csv.DictReader(io.StringIO(written.removeprefix("\ufeff"))))
        assert [row["State"] for row in rows] == ["overdue", "due soon", "later", "exception", "done"]
        assert rows[0]["Ticket"] == "INC0010042"
        assert [(row["Days overdue"], row["Days left"]) for row in rows[:2]] == [("9", ""), ("", "3")]

    def test_an_owner_without_tasks_hears_so(self) -> None:
        page = self.page(made(told(task("a"))), "owners/tokyo/index.en.html")
        assert "Nothing to do: no task waits." in page.one("main").text

    def test_before_anything_was_read_no_page_claims_that_there_is_nothing_to_do(self) -> None:
        site = made(told(days=(), as_of=None))
        for name in ("owners/finance/index.html", "soc/index.html"):
            assert "Nothing has been read yet." in self.page(site, name).one("main").text
            assert "Nothing to do" not in text_of(site, name)

    def test_a_thousand_tasks_are_all_there_and_the_first_of_each_kind_whole(self) -> None:
        tasks = [task(f"t{number}", product=f"p-_-{number}", due=number % 90 - 30) for number in range(1_000)]
        site = made(told(*tasks))
        page = self.page(site)
        rows = list(csv.reader(io.StringIO(text_of(site, "owners/finance/remediation.csv"))))
        assert len(rows) == 1_001
        assert len(page.all("article")) == 150
        assert len([row for row in page.all("tr") if row.within("tbody")]) == 850 + 2
        assert len(site.files["owners/finance/index.html"]) < 500_000

    def test_its_parts_can_be_found_without_seeing_them(self, full: Site) -> None:
        for _, written in pages_of(full):
            page = Page(written)
            assert page.all("a")[0].attributes["href"] == "#content"
            assert page.one("main").attributes["id"] == "content"
            assert len(page.all("h1")) == 1
            assert all(each.attributes["scope"] in {"col", "row"} for each in page.all("th"))
            levels = [int(each.name[1]) for each in page.elements if re.fullmatch(r"h[1-6]", each.name)]
            assert all(after <= before + 1 for before, after in pairwise(levels))


class TestTheSocsPage:
    def test_it_lists_every_owner_with_its_page_and_how_it_stands(self, full: Site) -> None:
        page = Page(text_of(full, "soc/index.html"))
        rows = [[cell.text for cell in row.children] for row in page.all("tr")][1:]
        assert [row[1] for row in rows] == ["Finance IT", "Tokyo workplace", "Devices that nobody owns"]
        assert rows[0][2:] == ["1", "1", "3", "36", "0", "finance-it@corp.example"]
        leads = [each.attributes["href"] for each in page.all("a") if each.within("table")]
        assert leads == ["../owners/finance/index.html", "../owners/tokyo/index.en.html", "unowned/index.html"]

    def test_it_says_what_could_not_be_read(self) -> None:
        missing = (Piece("defender/remediation-tasks", Found.MISSING, why="403: no right"),)
        page = Page(text_of(made(told(task("a"), missing=missing)), "soc/index.html"))
        assert "defender/remediation-tasks: 403: no right" in page.one("main").text

    def test_without_owners_it_says_how_to_name_some(self) -> None:
        page = Page(text_of(made(told(task("a"), ownership=Ownership(()))), "soc/index.html"))
        assert "No owner is known." in page.one("main").text

    def test_a_report_is_shown_whole_within_the_portal_and_as_a_spreadsheet(self, full: Site) -> None:
        page = Page(text_of(full, "soc/compliance.html"))
        assert page.one("h1").text == REPORTS[0].documents["en"].title
        assert page.all("style") == []
        assert text_of(full, "soc/compliance.csv").startswith("\ufeff")

    def test_in_a_japanese_deployment_japanese_comes_first(self) -> None:
        home = Home("soc", "ja", "Asia/Tokyo", {"en": "SOC Oversight", "ja": "SOC 統括"}, "SOC Oversight")
        owners = tuple(replace(each, language="") for each in OWNERSHIP.owners)
        site = made(replace(FULL, home=home, ownership=Ownership(owners)))
        assert {name for name in site.files if name.startswith("soc/index")} == {"soc/index.html", "soc/index.en.html"}
        assert Page(text_of(site, "owners/finance/index.html")).one("html").attributes["lang"] == "ja"
        assert "SOC 統括（ServiceNow の割り当てグループ：SOC Oversight）" in text_of(site, "index.html")
