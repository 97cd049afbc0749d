"""What a server does to a command in its middle is no bug of ours."""

import msgspec
import nats.errors
import pytest
from nats.js.errors import NotFoundError, ServiceUnavailableError

from cli.failing import fail
from schemas.answers import Ending, ErrorReport


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (nats.errors.TimeoutError(), "the server went away, or hangs: it does not answer in time"),
        (TimeoutError(), "the server went away, or hangs: it does not answer in time"),
        (ConnectionResetError(104, "reset"), "the server went away, or hangs: it broke the connection"),
        (nats.errors.ConnectionClosedError(), "the server went away, or hangs: connection closed"),
        (ServiceUnavailableError(code=503), "the server went away, or hangs"),
        (ExceptionGroup("some", [nats.errors.TimeoutError()]), "it does not answer in time"),
        (NotFoundError(code=404, err_code=10059), "the server has nothing of ours yet"),
        (nats.errors.MaxPayloadError(), "the server does not do what was asked: nats: maximum payload"),
    ],
    ids=lambda one: type(one).__name__ if isinstance(one, Exception) else "",
)
def test_a_server_that_goes_away_in_the_middle_of_a_command(
    error: Exception, said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert fail(error, ["jobs", "--json"], {}) == 3
    report = msgspec.json.decode(capfd.readouterr().err, type=ErrorReport)
    assert report.ending is Ending.NO_SERVER
    assert said in report.message
