"""GET and PATCH rules/business-rules: what a tenant decides about signing in, who decided it, and that it holds."""

from typing import Any

import pytest

from apps.auth.models import SecurityRuleChange, SecurityRuleSet
from apps.core import tenancy
from apps.core.tenancy import TenantRef
from tests.factories.api import Api, Reply
from tests.refusals import assert_problem

pytestmark = pytest.mark.django_db
RULES = "rules/business-rules"
DEFAULTS = {
    "sessionTimeoutMinutes": 720,
    "maxLoginAttempts": 10,
    "lockoutMinutes": 15,
    "allowedIpRanges": [],
    "requireMfa": False,
    "passwordMinLength": 12,
}


@pytest.fixture
def owner(api: Any) -> Api:
    made: Api = api("owner")
    return made


def change(api: Api, version: int, confirm: bool | None = None, **security: object) -> Reply:
    body = {"security": security} | ({} if confirm is None else {"confirmLockout": confirm})
    return api.patch(RULES, body, {"If-Match": f'"{version}"'})


def stored() -> list[Any]:
    """All that is kept of rules, of every tenant."""
    with tenancy.public():
        return [*SecurityRuleSet.objects.order_by("tenant_id").values(), *SecurityRuleChange.objects.values()]


def test_who_has_decided_nothing_has_the_defaults(owner: Api) -> None:
    answer = owner.get(RULES)

    assert answer.json == {"security": DEFAULTS, "version": 0}
    assert answer["ETag"] == '"0"'


def test_what_is_changed_is_read_back_and_the_rest_stays(owner: Api) -> None:
    ranges = ["127.0.0.0/8", "2001:db8::/32", "127.0.0.0/8"]
    changed = change(owner, 0, maxLoginAttempts=5, allowedIpRanges=ranges)

    wanted = DEFAULTS | {"maxLoginAttempts": 5, "allowedIpRanges": ranges[:2]}
    assert (changed.status, changed["ETag"]) == (200, '"1"')
    assert changed.json == owner.get(RULES).json == {"security": wanted, "version": 1}


@pytest.mark.parametrize(
    ("written", "is_kept"),
    [
        ("203.0.113.7/24", "203.0.113.0/24"),
        ("203.0.113.7", "203.0.113.7/32"),
        (" 2001:DB8::1 ", "2001:db8::1/128"),
        ("::ffff:203.0.113.0/120", "203.0.113.0/24"),
        ("0.0.0.0/0", "0.0.0.0/0"),
    ],
)
def test_a_range_is_kept_in_one_way_of_writing(owner: Api, written: str, is_kept: str) -> None:
    assert change(owner, 0, True, allowedIpRanges=[written]).json["security"]["allowedIpRanges"] == [is_kept]


def test_each_change_is_kept_with_its_maker(owner: Api) -> None:
    change(owner, 0, lockoutMinutes=30)
    change(owner, 1, maxLoginAttempts=7)

    newest, oldest = owner.get(f"{RULES}/history").json["items"]

    assert (newest["version"], oldest["version"]) == (2, 1)
    assert newest["changedBy"]["name"] == "Owner Of Acme"
    assert newest["changedBy"]["kind"] == "user"
    assert newest["changedAt"].endswith("Z")
    assert oldest["before"] == DEFAULTS
    assert oldest["after"] == newest["before"] == DEFAULTS | {"lockoutMinutes": 30}
    assert newest["after"] == DEFAULTS | {"lockoutMinutes": 30, "maxLoginAttempts": 7}


def test_the_history_has_pages(owner: Api) -> None:
    for version in range(3):
        assert change(owner, version, lockoutMinutes=20 + version).status == 200
    first = owner.get(f"{RULES}/history", pageSize=2).json
    rest = owner.get(f"{RULES}/history", pageSize=2, cursor=first["nextCursor"]).json

    assert [one["version"] for one in first["items"] + rest["items"]] == [3, 2, 1]
    assert rest["nextCursor"] is None
    assert_problem(owner.get(f"{RULES}/history", cursor="nonsense"), 422, "invalid", cursor="invalid")


def test_what_changes_nothing_is_no_change(owner: Api) -> None:
    assert change(owner, 0, lockoutMinutes=15).json["version"] == 0
    assert stored() == []


def test_the_version_that_was_read_is_named(owner: Api) -> None:
    assert_problem(owner.patch(RULES, {"security": {"lockoutMinutes": 20}}), 428, "if_match_required")
    assert stored() == []


def test_a_lost_update_is_told(owner: Api) -> None:
    change(owner, 0, lockoutMinutes=20)
    before = stored()

    assert_problem(change(owner, 0, maxLoginAttempts=5), 412, "stale")

    assert stored() == before


@pytest.mark.parametrize(
    ("field", "value", "named", "code"),
    [
        ("sessionTimeoutMinutes", 4, "security.sessionTimeoutMinutes", "out_of_range"),
        ("sessionTimeoutMinutes", 20_161, "security.sessionTimeoutMinutes", "out_of_range"),
        ("maxLoginAttempts", 2, "security.maxLoginAttempts", "out_of_range"),
        ("maxLoginAttempts", 101, "security.maxLoginAttempts", "out_of_range"),
        ("lockoutMinutes", 0, "security.lockoutMinutes", "out_of_range"),
        ("lockoutMinutes", 1_441, "security.lockoutMinutes", "out_of_range"),
        ("passwordMinLength", 11, "security.passwordMinLength", "out_of_range"),
        ("passwordMinLength", 65, "security.passwordMinLength", "out_of_range"),
        ("allowedIpRanges", ["127.0.0.1", "10.0.0.0/33"], "security.allowedIpRanges[1]", "invalid"),
        ("allowedIpRanges", ["fe80::1%eth0"], "security.allowedIpRanges[0]", "invalid"),
        ("allowedIpRanges", ["everywhere"], "security.allowedIpRanges[0]", "invalid"),
        ("allowedIpRanges", ["127.0.0.1"] * 101, "security.allowedIpRanges", "invalid"),
        ("allowedIpRanges", "127.0.0.1", "security.allowedIpRanges", "invalid"),
        ("requireMfa", "yes", "security.requireMfa", "invalid"),
    ],
)
def test_wrong_values_are_named(owner: Api, field: str, value: object, named: str, code: str) -> None:
    assert_problem(change(owner, 0, **{field: value}), 422, "invalid", **{named: code})
    assert stored() == []


def test_an_unknown_rule_is_refused(owner: Api) -> None:
    assert change(owner, 0, sessionTimeout=5).status == 422
    assert stored() == []


def test_nobody_locks_himself_out_by_mistake(owner: Api) -> None:
    refused = change(owner, 0, allowedIpRanges=["203.0.113.0/24"])

    problem = assert_problem(refused, 409, "would_lock_you_out")
    assert "127.0.0.1" in problem["detail"]
    assert stored() == []
    assert owner.get(RULES).status == 200
    assert_problem(change(owner, 0, False, allowedIpRanges=["203.0.113.0/24"]), 409, "would_lock_you_out")


def test_who_means_it_is_locked_out_from_the_next_request_on(owner: Api) -> None:
    assert change(owner, 0, True, allowedIpRanges=["203.0.113.0/24"]).status == 200

    assert_problem(owner.get(RULES), 403, "ip_not_allowed")


@pytest.mark.parametrize("role", ["manager", "auditor"])
def test_who_may_only_read_changes_nothing(api: Any, owner: Api, role: str) -> None:
    assert api(role).get(RULES).status == 200
    assert_problem(change(api(role), 0, lockoutMinutes=20), 403, "not_permitted")
    assert stored() == []


def test_another_tenants_rules_are_its_own(api: Any, acme: TenantRef, globex: TenantRef, owner: Api) -> None:
    change(owner, 0, lockoutMinutes=20)
    other = api("owner", "globex")

    assert other.get(RULES).json == {"security": DEFAULTS, "version": 0}
    assert other.get(f"{RULES}/history").json["items"] == []
    other.host = "acme.localhost"
    assert_problem(change(other, 1, lockoutMinutes=1), 403, "tenant_mismatch")
    assert owner.get(RULES).json["security"]["lockoutMinutes"] == 20
