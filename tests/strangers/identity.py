"""People, roles, keys, sign-ins and one's own ways in."""

from .attempts import Attempt

NEWCOMER = {"email": "newcomer@globex.example", "fullName": "Newcomer", "role": "viewer"}
NO_PASSKEY = {
    "state": "x",
    "name": "Mine",
    "credential": {"id": "x", "rawId": "x", "response": {"clientDataJSON": "x", "attestationObject": "x"}},
}
ENTRIES = [{"resource": "entries", "actions": ["read"]}]

TRIES = {
    ("POST", "auth/switch-tenant"): [Attempt("auth/switch-tenant", 403, "not_a_member", {"tenant": "acme"})],
    ("GET", "auth/me"): [Attempt("auth/me", 200)],
    ("GET", "auth/permissions/check"): [Attempt("auth/permissions/check?resource=entries&action=read", 200)],
    ("GET", "auth/users"): [Attempt("auth/users", 200, "own"), Attempt("auth/users?role=secret-role", 200)],
    ("POST", "auth/users"): [
        Attempt("auth/users", 422, "invalid", NEWCOMER | {"role": "secret-role"}),
        Attempt("auth/users", 422, "invalid", NEWCOMER | {"locations": ["$location"]}),
    ],
    ("GET", "auth/users/<uuid:user_id>"): [Attempt("auth/users/{user}", 404, "member_not_found")],
    ("PATCH", "auth/users/<uuid:user_id>"): [
        Attempt("auth/users/{user}", 404, "member_not_found", {"isActive": False})
    ],
    ("DELETE", "auth/users/<uuid:user_id>"): [Attempt("auth/users/{user}", 404, "member_not_found")],
    ("PUT", "auth/users/<uuid:user_id>/role"): [
        Attempt("auth/users/{user}/role", 404, "member_not_found", {"role": "admin"})
    ],
    ("GET", "auth/roles"): [Attempt("auth/roles", 200, "own")],
    ("POST", "auth/roles"): [Attempt("auth/roles", 409, "role_exists", {"name": "viewer", "permissions": ENTRIES})],
    ("GET", "auth/roles/<str:name>"): [Attempt("auth/roles/{role}", 404, "role_not_found")],
    ("PATCH", "auth/roles/<str:name>"): [Attempt("auth/roles/{role}", 404, "role_not_found", {"permissions": ENTRIES})],
    ("DELETE", "auth/roles/<str:name>"): [Attempt("auth/roles/{role}", 404, "role_not_found")],
    ("GET", "auth/api-keys"): [Attempt("auth/api-keys", 200)],
    ("POST", "auth/api-keys"): [
        Attempt("auth/api-keys", 422, "invalid", {"name": "x", "permissions": ENTRIES, "locations": ["$location"]})
    ],
    ("DELETE", "auth/api-keys/<uuid:key_id>"): [Attempt("auth/api-keys/{key}", 404, "api_key_not_found")],
    ("POST", "auth/api-keys/<uuid:key_id>/rotate"): [
        Attempt("auth/api-keys/{key}/rotate", 404, "api_key_not_found", {})
    ],
    ("GET", "auth/support-visits"): [Attempt("auth/support-visits", 200)],
    ("DELETE", "auth/support-visits/<uuid:support_id>"): [
        Attempt("auth/support-visits/{entry}", 404, "support_session_not_found")
    ],
    ("GET", "auth/sessions"): [Attempt("auth/sessions", 200, "own")],
    ("DELETE", "auth/sessions/<uuid:session_id>"): [Attempt("auth/sessions/{sign_in}", 404, "sign_in_not_found")],
    ("POST", "auth/password"): [
        Attempt(
            "auth/password",
            401,
            "invalid_credentials",
            {"currentPassword": "somebody else's", "newPassword": "three blue ferries"},
        )
    ],
    ("GET", "auth/invitations"): [Attempt("auth/invitations", 200)],
    ("POST", "auth/invitations"): [
        Attempt("auth/invitations", 422, "invalid", {"email": "n@x.example", "role": "$role"})
    ],
    ("DELETE", "auth/invitations/<uuid:invitation_id>"): [
        Attempt("auth/invitations/{invitation}", 404, "invitation_not_found")
    ],
    ("POST", "auth/invitations/<uuid:invitation_id>/resend"): [
        Attempt("auth/invitations/{invitation}/resend", 404, "invitation_not_found")
    ],
    ("GET", "auth/mfa"): [Attempt("auth/mfa", 200)],
    ("POST", "auth/mfa/enroll"): [
        Attempt("auth/mfa/enroll", 401, "invalid_credentials", {"password": "somebody else's"})
    ],
    ("POST", "auth/mfa/confirm"): [Attempt("auth/mfa/confirm", 409, "mfa_not_enrolled", {"code": "123456"})],
    ("POST", "auth/mfa/disable"): [
        Attempt("auth/mfa/disable", 401, "invalid_credentials", {"password": "somebody else's", "code": "123456"})
    ],
    ("POST", "auth/mfa/recovery-codes"): [
        Attempt("auth/mfa/recovery-codes", 409, "mfa_not_enrolled", {"code": "123456"})
    ],
    ("POST", "auth/me/email"): [
        Attempt("auth/me/email", 401, "invalid_credentials", {"newEmail": "x@x.example", "password": "somebody else's"})
    ],
    ("POST", "auth/me/email/confirm"): [Attempt("auth/me/email/confirm", 403, "link_invalid", {"token": "x"})],
    ("GET", "auth/mfa/passkeys"): [Attempt("auth/mfa/passkeys", 200)],
    ("POST", "auth/mfa/passkeys"): [Attempt("auth/mfa/passkeys", 401, "passkey_invalid", NO_PASSKEY)],
    ("POST", "auth/mfa/passkeys/challenge"): [
        Attempt("auth/mfa/passkeys/challenge", 401, "invalid_credentials", {"password": "somebody else's"})
    ],
    ("PATCH", "auth/mfa/passkeys/<uuid:passkey_id>"): [
        Attempt("auth/mfa/passkeys/{passkey}", 404, "passkey_not_found", {"name": "Mine"})
    ],
    ("POST", "auth/mfa/passkeys/<uuid:passkey_id>/remove"): [
        Attempt("auth/mfa/passkeys/{passkey}/remove", 404, "passkey_not_found", {"password": "parking-demo"})
    ],
    ("GET", "auth/identities"): [Attempt("auth/identities", 200)],
    ("DELETE", "auth/identities/<uuid:identity_id>"): [
        Attempt("auth/identities/{identity}", 404, "identity_not_found")
    ],
    ("DELETE", "auth/users/<uuid:user_id>/mfa"): [Attempt("auth/users/{user}/mfa", 404, "member_not_found")],
}
