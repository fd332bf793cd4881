"""What a person reads when everything is up."""

DEMO_PASSWORD = "parking-demo"
_DEMO_ACCOUNTS = (
    ("owner@acme.example", "owner of Acme"),
    ("manager@acme.example", "manager at Acme"),
    ("operator@acme.example", "gate operator at Acme"),
    ("cashier@acme.example", "cashier at Acme"),
    ("owner@globex.example", "owner of Globex"),
    ("root@parking.example", "the platform's own staff"),
)


def welcome(port: int, *, demo: bool, seconds: float) -> str:
    """The addresses, and in demo mode the accounts to sign in with."""
    platform = f"http://localhost:{port}"
    places = [("admin", f"{platform}/admin/"), ("API", f"{platform}/api/docs/")]
    lines = [f"\nThe parking platform is ready ({seconds:.1f} s).\n"]
    if demo:
        places = [
            ("Acme's board", f"http://acme.localhost:{port}/"),
            ("Globex's board", f"http://globex.localhost:{port}/"),
            *places,
        ]
    lines += [f"  {name:<16}{address}" for name, address in places]
    if demo:
        lines.append(f"\nDemo accounts, all with the password {DEMO_PASSWORD}:")
        lines += [f"  {account:<24}{who}" for account, who in _DEMO_ACCOUNTS]
    lines.append("\nCtrl-C stops everything and keeps the data.\n")
    return "\n".join(lines)
