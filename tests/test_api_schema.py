"""Every operation of the API, called with generated values in every role: no 500, and
refusals as JSON. A third of the calls name things that exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ui_serving import NAMES, PASSWORD, catalog

from studio import serve
from studio.edge import COOKIE
from studio.schema import Actor, Role
from studio.service import Studio
from studio.settings import Settings

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")
ADMIN = Actor(name="admin", role=Role.ADMIN)
CONTROL = re.compile(r"[\x00-\x20\x7f]")  # every client quotes these before it asks
FEW = settings(
    max_examples=12,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """A studio with a user of each role, products, and listings in every state."""
    home = tmp_path_factory.mktemp("api")
    made = Studio(
        Settings(home=home, models=home, copy_engine="template", cutout_engine="plain", solo=True)
    )
    made.first_admin()
    for name, role in NAMES.items():
        made.add_user(name, role, PASSWORD, ADMIN)
    made.import_catalog([catalog(home / "shop.csv")], ADMIN)
    tasks, _ = made.plan(ADMIN, channel="shopify", pictures=False)
    ids = made.generate(tasks, ADMIN).made
    seen = made.submit(ids[0], revision=made.listing(ids[0], ADMIN).revision, actor=ADMIN)
    made.approve(ids[0], revision=seen.revision, actor=ADMIN)
    made.submit(ids[1], revision=made.listing(ids[1], ADMIN).revision, actor=ADMIN)
    yield made
    made.close()


@pytest.fixture(scope="module")
def client(studio: Studio) -> Iterator[TestClient]:
    app = serve.build(studio)
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        yield client


@pytest.mark.parametrize("role", ["none", *Role])
def test_no_generated_call_breaks_the_api(studio: Studio, client: TestClient, role: str) -> None:
    name = next((n for n, r in NAMES.items() if r == role), "")
    token = studio.sign_in(name, PASSWORD) if name else "no session"
    headers = {"cookie": f"{COOKIE}={token}"}
    schema = schemathesis.openapi.from_dict(client.app.openapi())  # type: ignore[attr-defined]
    listings = [one.id for one in studio.listings(ADMIN, limit=50).items]
    real = {"id": [*listings, "OK-1"], "action": ["submit", "approve", "fix", "withdraw"]}
    real |= {"channel": ["shopify"], "name": ["vic"]}
    statuses: set[int] = set()
    operations = [found.ok() for found in schema.get_all_operations()]
    for operation in operations:
        _walk(operation, client, headers, real, statuses)
    assert len(operations) >= 12
    assert statuses <= {401} if role == "none" else {401} < statuses | {401}, statuses
    if role == Role.ADMIN:
        assert {200, 404, 422} <= statuses


def _walk(
    operation: Any, client: TestClient, headers: dict[str, str], real: Any, statuses: set[int]
) -> None:
    """Generated calls of one operation."""

    @FEW
    @given(case=operation.as_strategy(), pick=st.integers(0, 17), revision=st.integers(0, 3))
    def run(case: Any, pick: int, revision: int) -> None:
        if pick % 3 == 0:
            known = {k: real[k][pick % len(real[k])] for k in case.path_parameters if k in real}
            case.path_parameters.update(known)
            if isinstance(case.body, dict) and "revision" in case.body:
                case.body["revision"] = revision
        asked = case.as_transport_kwargs(base_url="http://127.0.0.1", headers=headers)
        asked.pop("cookies", None)
        asked["url"] = CONTROL.sub(lambda found: f"%{ord(found[0]):02X}", asked["url"])
        answer = client.request(**asked)
        statuses.add(answer.status_code)
        assert answer.status_code < 500, (case.as_curl_command(), answer.text[:500])
        assert "Traceback" not in answer.text
        if answer.status_code >= 400:
            assert answer.headers["content-type"].startswith("application/json")

    run()
