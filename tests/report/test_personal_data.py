"""Personal data among extractable outputs, as the report shows it."""

from kdaudit.comparison import Comparison
from kdaudit.report import ReportContent, html, markdown

ROW = {"measure": "personal_data", "model": "student", "split": "train", "segments": "original"}
ROW |= {"extractable": 1038, "flagged": 3, "outputs": {"customer": 0, "email": 2, "phone": 1}}


def test_there_is_a_table_by_kind_where_it_was_measured():
    content = ReportContent("x", Comparison([], [], {}, {"personal_data": [ROW]}), [])
    page = html(content)
    assert '<a href="#personal">Personal data</a>' in page
    part = page.split('<section id="personal">')[1].split("</section>")[0]
    assert '<th scope="col">customer</th><th scope="col">email</th>' in part
    assert "<td>student</td><td>1,038</td><td>3</td><td>0</td><td>2</td><td>1</td>" in part
    row = (
        "| Personal data, extractable, train, original segments | student | 1,038 | 3 | 0 | 2 | 1 |"
    )
    assert row in markdown(content)


def test_there_is_none_where_it_was_not():
    assert 'id="personal"' not in html(ReportContent("x", Comparison([], [], {}), []))
