import pytest
from nats.micro.service import ServiceConfig

from ytarchive.runtime.discovery import semantic


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("0.1.0", "0.1.0"),
        ("0.2.0.dev0", "0.2.0-dev0"),
        ("1.12.3rc1", "1.12.3-rc1"),
        ("0.2.0.post1", "0.2.0-post1"),
    ],
)
def test_a_service_takes_every_version_that_a_package_may_have(ours: str, theirs: str) -> None:
    assert ServiceConfig(name="ytarchive", version=semantic(ours)).version == theirs
