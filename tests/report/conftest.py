import pytest

from kdaudit.report import ReportContent

from .made_up import made_up_content


@pytest.fixture(scope="session")
def content() -> ReportContent:
    return made_up_content()
