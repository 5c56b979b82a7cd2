"""report.html is complete, accessible and one file, and escapes text from the endpoint."""

from __future__ import annotations

import html as entities
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest
import reports_factory as make
from lxml import html as dom

from conformance.commands import catalogue_page
from conformance.model import CATALOGUE
from conformance.model.sources import DOCUMENTS
from reports import documents, html, matrix
from reports.results import Results, Verdict, Wait, save
from tests.conftest import Command
from tests.reports.test_reports_documents import evil
from tests.reports.test_reports_terminal import ignored_mappings

CHROMIUM = shutil.which("chromium")
AXE = Path(os.environ.get("AMIPROOF_AXE", "node_modules/axe-core/axe.min.js"))
_MINE = {"html", "head", "meta", "title", "style", "body", "a", "header", "p", "h1", "strong", "dl",
         "div", "dt", "dd", "main", "section", "h2", "h3", "table", "thead", "tbody", "tr", "th",
         "td", "svg", "rect", "ul", "li", "form", "fieldset", "legend", "label", "input", "select",
         "option", "output", "details", "summary", "span", "code", "article", "mark", "button",
         "pre", "br", "script"}  # fmt: skip


def passing() -> Results:
    return make.results(make.rule("name.empty", keeps=1, breaks=1))


def test_every_rule_is_there_with_all_deviations() -> None:
    results = make.realistic()
    page = dom.document_fromstring(html.render(results))
    shown = {each.find("summary/code").text for each in page.iterfind(".//details[@class='rule']")}
    assert shown == {rule.id for rule in results.rules}
    for rule in results.of(Verdict.FAIL):
        (block,) = (
            each for each in page.iterfind(".//details[@class='rule']")
            if each.find("summary/code").text == rule.id
        )  # fmt: skip
        assert "open" in block.attrib
        text = block.text_content()
        for found in rule.deviations:
            assert found.reproduce.curl.split("\n")[0] in text
        assert rule.statement in text
        assert rule.source in text


def charts(page: dom.HtmlElement) -> dict[str, list[tuple[str, float, str]]]:
    """The bars of each chart, by id of its heading: label, width, count."""
    return {
        section.find("h2").get("id"): [
            (row.find("th").text, float(row.find(".//rect").get("width")), row.find("td[2]").text)
            for row in section.iterfind(".//tbody/tr")
        ]
        for section in page.iterfind(".//section")
        if section.find("table[@class='bars chart']") is not None
    }


def test_charts_show_waits_latencies_and_first_deviations() -> None:
    found = [msgspec.structs.replace(make.deviation(), first_seen=seen) for seen in (420, 40)]
    waits = [Wait("st.image", kind, 0.2) for kind in ("late", "flapping", "never")]
    results = make.results(
        make.rule("name.length.max", *found),
        latencies=(0, 4, 0, 1, *[0] * 9, 2),
        waits=(*waits, Wait("tag.", "late", 200.0)),
    )
    shown = charts(dom.document_fromstring(html.render(results)))
    assert shown["latency"][:3] == [
        ("up to 2 ms", 100, "4"), ("up to 5 ms", 0, "0"), ("up to 10 ms", 25, "1"),
    ]  # fmt: skip
    assert shown["latency"][-1] == ("over 10000 ms", 50, "2")
    assert shown["sightings"] == [("up to 50", 100, "1")]
    assert [(label, count) for label, _, count in shown["waits"] if count != "0"] == [
        ("up to 0.3 s", "2"), ("over 100 s", "1"),
    ]  # fmt: skip


def test_the_verdict_is_a_sentence() -> None:
    results = msgspec.structs.replace(passing(), complete=False)
    verdict = dom.document_fromstring(html.render(results)).find(".//p[@class='verdict bad']")
    assert " ".join(verdict.text_content().split()) == (
        "No deviations. The run stopped early; rules it did not reach are listed as untested."
    )


def test_rules_without_a_property_are_counted_in_one_sentence() -> None:
    uncovered = [id for id, rule in CATALOGUE.items() if rule.uncovered]
    for listed in (0, 2):  # results of an earlier version list some of them
        rules = [make.rule(id, lacking="no request") for id in uncovered[:listed]]
        text = " ".join(
            dom.document_fromstring(html.render(make.results(*rules))).text_content().split()
        )
        assert f"No request can test {len(uncovered) - listed} further rules" in text
        assert "amiproof rules --uncovered lists them" in text


def test_a_chart_of_nothing_is_left_out() -> None:
    assert not charts(dom.document_fromstring(html.render(passing())))


def test_the_subject_of_a_request_is_highlighted() -> None:
    page = dom.document_fromstring(html.render(make.realistic()))
    marked = [each.text for each in page.iterfind(".//table[@class='request']//mark")]
    assert any("129 characters" in text for text in marked)
    assert not any(text.startswith("i-") for text in marked)


@pytest.mark.parametrize("draw", [html.render, lambda results: matrix.html([results, results])])
def test_text_from_outside_stays_text(draw: object) -> None:
    text = draw(evil())  # type: ignore[operator]
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\x9b\u202a-\u202e\ud800]", text)
    page = dom.document_fromstring(text)
    assert {each.tag for each in page.iter() if isinstance(each.tag, str)} <= _MINE
    assert not [a for each in page.iter() for a in each.attrib if a.startswith("on")]
    assert len(page.findall(".//script")) <= 1
    assert not page.findall(".//b")
    assert "<b>&" in page.text_content()
    assert "\\x1b" in page.text_content()


def test_nothing_is_fetched_and_nothing_else_runs() -> None:
    page = dom.document_fromstring(html.render(make.realistic()))
    assert not page.xpath("//@src | //link | //iframe | //img")
    (policy,) = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy


def test_a_folder_has_every_document(tmp_path: Path) -> None:
    results = make.realistic()
    place = tmp_path / "step.md"
    documents.write(results, tmp_path / "out", {documents.STEP_SUMMARY: str(place)})
    names = {each.name for each in (tmp_path / "out").iterdir()}
    assert names == {"report.html", "summary.md", "junit.xml", "badge.json"}
    assert "name.length.max" in place.read_text()
    badge = json.loads((tmp_path / "out" / "badge.json").read_text())
    assert badge["color"] == "red"
    assert badge["schemaVersion"] == 1
    assert documents.badge(passing())["color"] == "brightgreen"


def test_a_matrix_has_every_rule_of_every_run() -> None:
    runs = [make.realistic(), passing()]
    lines = matrix.markdown(runs).splitlines()
    rows = {line.split("|")[1].strip(): line for line in lines if line.startswith("| `")}
    assert rows.keys() == {f"`{rule.id}`" for run in runs for rule in run.rules}
    page = dom.document_fromstring(matrix.html(runs))
    assert len(page.findall(".//tbody/tr")) == len(rows) + 3
    assert "accepted" in page.text_content()
    assert "ami-0c0ffee" not in page.text_content()  # resource ids differ between runs


def test_sources_are_links() -> None:
    page = dom.document_fromstring(html.render(make.realistic()))
    (rule,) = page.xpath("//details[@id='name.length.max']")
    links = rule.xpath(".//dd/a/@href")
    assert links == [
        DOCUMENTS["API_CreateImage"],
        DOCUMENTS["Error codes for the Amazon EC2 API"],
        "https://github.com/hashicorp/packer/issues/4761",
    ]


def test_a_defect_folds_what_it_masks() -> None:
    page = dom.document_fromstring(html.render(ignored_mappings()))
    (broken,) = page.xpath("//details[@id='st.bdm.devices']")
    (fold,) = broken.xpath(".//details[@class='masked']")
    assert "open" not in fold.attrib
    assert fold.find("summary").text.startswith("This defect masks 3 rules")
    masked = fold.xpath("./details[@class='rule']/@id")
    assert masked == ["bdm.size.gp2", "bdm.size.gp3", "bdm.size.type"]
    assert len(page.xpath("//details[@id='bdm.size.gp2']")) == 1


def test_rules_without_a_verdict_are_grouped_by_reason() -> None:
    rules = [make.rule(f"inst.r{n}", untested="no stopped instance") for n in range(3)]
    page = dom.document_fromstring(
        html.render(make.results(*rules, make.rule("sig.date", lacking="needs signatures")))
    )
    groups = {
        " ".join(each.find("summary").text_content().split()): each.xpath("./details/@id")
        for each in page.xpath("//details[@class='reason']")
    }
    assert groups == {
        "3 no stopped instance": ["inst.r0", "inst.r1", "inst.r2"],
        "1 needs signatures": ["sig.date"],
    }


def test_the_changes_since_an_earlier_run_come_first() -> None:
    before = make.results(make.rule("name.empty", make.deviation("name.empty")))
    now = make.results(make.rule("name.empty"), make.rule("name.unique", make.deviation()))
    page = dom.document_fromstring(html.render(now, before))
    headings = [each.get("id") for each in page.iterfind(".//h2")]
    assert headings[0] == "changes"
    rows = [
        [" ".join(cell.text_content().split()) for cell in row]
        for row in page.xpath("//table[@class='request changes']/tbody/tr")
    ]
    assert ["fixed", "name.empty", "breaks accepted", "pass"] in rows
    assert ["new", "name.unique", "", "breaks accepted"] in rows
    assert "changes" not in html.render(now).partition("<h2")[2].partition(">")[0]


def test_the_command_writes_the_changes(amiproof: Command, tmp_path: Path) -> None:
    for name, run in (("now", make.realistic()), ("before", passing())):
        save(run, tmp_path / f"{name}.json")
    done = amiproof("report", "now.json", "--against", "before.json", "--out", "out")
    assert done.returncode == 0
    text = (tmp_path / "out" / "report.html").read_text()
    assert "Since the earlier run" in text
    assert len(text) < 1_000_000
    both = amiproof("report", "now.json", "now.json", "--against", "before.json")
    assert (both.returncode, "--against goes with one" in both.stderr) == (2, True)


def test_a_matrix_shows_differences_first_and_folds_the_rest() -> None:
    one, two = make.rule("name.empty", make.deviation("name.empty")), make.rule("name.empty")
    same = make.rule("desc.optional")
    page = dom.document_fromstring(matrix.html([make.results(one, same), make.results(two, same)]))
    tables = page.xpath("//table[@class='matrix']")
    assert [table.xpath("./tbody/tr/@id") for table in tables] == [
        [], ["name.empty"], ["desc.optional"],
    ]  # fmt: skip
    (fold,) = page.xpath("//details[@class='reason']")
    assert "open" not in fold.attrib
    assert fold.find("summary").text_content() == "1 pass at every target"


@pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium here")
@pytest.mark.parametrize(
    ("address", "rules", "open_rules"),
    [
        ("?status=known", {"bdm.device.required"}, set()),
        ("?text=plus", {"desc.plus"}, {"desc.plus"}),
        ("?status=pass&grade=detail", {"name.roundtrip"}, set()),
        ("?status=pass,known#name.roundtrip", None, {"name.roundtrip"}),
    ],
)
def test_the_address_has_the_filters_and_the_rule(
    tmp_path: Path, address: str, rules: set[str] | None, open_rules: set[str]
) -> None:
    (tmp_path / "page.html").write_text(html.render(make.realistic()))
    done = subprocess.run(
        [CHROMIUM or "", "--headless", "--no-sandbox", "--disable-gpu",
         f"--user-data-dir={tmp_path}/profile", "--virtual-time-budget=5000", "--dump-dom",
         f"file://{tmp_path}/page.html{address}"],
        capture_output=True, text=True, timeout=90,
    )  # fmt: skip
    page = dom.document_fromstring(done.stdout)
    shown = page.xpath("//details[@class='rule'][not(@hidden)]")
    assert rules is None or {each.get("id") for each in shown} == rules
    assert open_rules <= {each.get("id") for each in shown if "open" in each.attrib}


@pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium here")
@pytest.mark.skipif(not AXE.exists(), reason="there is no axe-core: set AMIPROOF_AXE")
@pytest.mark.parametrize("size", ["1200,900", "390,844"])
@pytest.mark.parametrize("scheme", ["0", "1"], ids=["dark", "light"])
@pytest.mark.parametrize("which", ["failing", "masking", "matrix", "rules"])
def test_axe_finds_no_violation(tmp_path: Path, which: str, scheme: str, size: str) -> None:
    text = {
        "failing": lambda: html.render(make.realistic()),
        "masking": lambda: html.render(ignored_mappings(), make.realistic()),
        "matrix": lambda: matrix.html([make.realistic(), passing()]),
        "rules": catalogue_page.render,
    }[which]()
    # The policy of the page blocks other scripts, axe included.
    text = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", text)
    look = (
        "<script src='axe.js'></script><script>"
        "document.querySelectorAll('details').forEach((each) => { each.open = true; });"
        "axe.run().then((found) => { const report = document.createElement('pre');"
        "report.id = 'report'; report.textContent = JSON.stringify(found.violations.map("
        "(each) => [each.id, each.nodes.map((node) => node.html)]));"
        "document.body.append(report); });</script>"
    )
    shutil.copy(AXE, tmp_path / "axe.js")
    (tmp_path / "page.html").write_text(text.replace("</body>", look + "</body>"))
    done = subprocess.run(
        [CHROMIUM or "", "--headless", "--no-sandbox", "--disable-gpu", f"--window-size={size}",
         f"--blink-settings=preferredColorScheme={scheme}", f"--user-data-dir={tmp_path}/profile",
         "--virtual-time-budget=20000", "--dump-dom", f"file://{tmp_path}/page.html"],
        capture_output=True, text=True, timeout=90,
    )  # fmt: skip
    report = re.search(r'<pre id="report">(.*?)</pre>', done.stdout, re.S)
    assert report, done.stderr[-500:]
    assert json.loads(entities.unescape(report[1])) == []
