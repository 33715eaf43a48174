"""Against guessing: waits that grow, survive a restart, and never keep the rightful owner out.

Three counts. *Account and address*: three tries are free, then each costs more, up to 30 s. *Account*: when tries come
from many addresses, addresses new to the account wait too; one where its owner has signed in before does not.
*Address*: high, for a whole class sits behind one. An hour of quiet wipes a count.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete
from sqlalchemy.orm import Session

from sandyq.school.tables import LoginFailure

LONGEST_WAIT: Final = 30.0
FREE_TRIES: Final = 3
"""Of one account from one address."""
FREE_ACCOUNT_TRIES: Final = 30
"""Of one account from everywhere; each address adds FREE_TRIES at most, so one machine alone gets nowhere near."""
FREE_ADDRESS_TRIES: Final = 90
"""Of one address: 30 children mistyping three times."""
FORGOTTEN_AFTER: Final = timedelta(hours=1)


def seconds_to_wait(session: Session, login: str, address: str, at: datetime) -> float:
    """Return how long this account must wait at this address: 0 to 30 seconds."""
    pair, account, machine = _keys(login, address)
    own = session.get(LoginFailure, pair)
    waits = [_remaining(own, at), _remaining(session.get(LoginFailure, machine), at)]
    if own is None or own.failures:  # 0 failures: the owner has signed in here
        waits.append(_remaining(session.get(LoginFailure, account), at))
    return max(waits)


def record_failure(session: Session, login: str, address: str, at: datetime) -> None:
    """Count a wrong secret."""
    pair, account, machine = _keys(login, address)
    if _count(session, pair, FREE_TRIES, at) <= FREE_TRIES:
        _count(session, account, FREE_ACCOUNT_TRIES, at)
    _count(session, machine, FREE_ADDRESS_TRIES, at)
    session.flush()


def record_success(session: Session, login: str, address: str, at: datetime) -> None:
    """Forget the failures of this account at this address, and remember that its owner signs in here."""
    row = _row(session, _keys(login, address)[0], at)
    row.failures, row.blocked_until = 0, at
    session.flush()


def forget_old(session: Session, at: datetime) -> None:
    """Delete counts that an hour of quiet has wiped: what was typed as a login may be a password, or a name."""
    is_wiped = (LoginFailure.failures > 0) & (LoginFailure.blocked_until < at - FORGOTTEN_AFTER)
    session.execute(delete(LoginFailure).where(is_wiped))


def forget_account(session: Session, login: str) -> None:
    """Nothing reminds of an account any more, nor of the addresses from which it was used."""
    _, account, _ = _keys(login, "")
    is_its = LoginFailure.key.startswith(f"{account}|", autoescape=True)
    session.execute(delete(LoginFailure).where(is_its | (LoginFailure.key == account)))


def _keys(login: str, address: str) -> tuple[str, str, str]:
    account = f"account:{login.strip().lower()[:64]}"
    return f"{account}|{address[:64]}", account, f"address:{address[:64]}"


def _row(session: Session, key: str, at: datetime) -> LoginFailure:
    row = session.get(LoginFailure, key, with_for_update=True)
    if row is None:
        row = LoginFailure(key=key, failures=0, blocked_until=at)
        session.add(row)
    elif at - row.blocked_until > FORGOTTEN_AFTER:
        row.failures = 0
    return row


def _count(session: Session, key: str, free: int, at: datetime) -> int:
    row = _row(session, key, at)
    row.failures += 1
    row.blocked_until = at + timedelta(seconds=_wait_after(row.failures - free))
    return row.failures


def _wait_after(excess: int) -> float:
    """0, 1, 2, 4, 8, 16, 30, 30 … seconds."""
    return 0.0 if excess < 0 else min(2.0 ** min(excess, 10), LONGEST_WAIT)


def _remaining(row: LoginFailure | None, at: datetime) -> float:
    """Seconds until a wait is over; never more than the longest, even when the clock was set back."""
    if row is None:
        return 0.0
    return min(max((row.blocked_until - at).total_seconds(), 0.0), LONGEST_WAIT)
