"""What each side is told when the other wrote in the sheet: at most one mail an hour."""

from __future__ import annotations

import datetime as dt
import uuid

from kyoso.core import clock
from kyoso.core.access import Actor
from kyoso.core.config import settings
from kyoso.core.i18n import gettext as _
from kyoso.core.jobs import enqueue, job
from kyoso.core.mail import write_mail
from kyoso.municipal.fit_sheets import queries, rules
from kyoso.municipal.fit_sheets.models import FitSheet
from kyoso.municipal.fit_sheets.queries import Subject
from kyoso.municipal.fit_sheets.rules import Side
from kyoso.municipal.proposals.mails import new_link
from kyoso.municipal.proposals.queries import Proposal
from kyoso.tenancy.queries import get_tenant

#: The clocks of two machines may differ by so much.
SKEW = dt.timedelta(minutes=1)


def tell(sheet: FitSheet, subject: Subject, side: Side, *, now: dt.datetime) -> None:
    """Write to one side that the sheet changed, or see to it that they are told within the hour."""
    proposal = subject.proposal
    address = proposal and _address(proposal, side)
    if not proposal or not address:
        return
    told_at: dt.datetime | None = getattr(sheet, f"{side}_told_at")
    if rules.may_tell(told_at, now):
        _write(sheet, proposal, side, address, now=now)
    elif told_at and not getattr(sheet, f"{side}_untold"):
        setattr(sheet, f"{side}_untold", True)
        names = {"tenant_id": str(sheet.tenant_id), "sheet_id": str(sheet.id)}
        enqueue(tell_later, at=told_at + rules.QUIET, side=side.value, **names)


@job("fit_sheets.tell")
def tell_later(tenant_id: uuid.UUID, sheet_id: str, side: str) -> None:
    """Write to a side what changed while it was left alone, unless that was said meanwhile."""
    system, now = Actor.system(tenant_id, rule=_("すり合わせのお知らせ")), clock.now()
    sheet = queries.get_sheet(system, uuid.UUID(sheet_id), lock=True)
    told_at: dt.datetime | None = getattr(sheet, f"{side}_told_at")
    if not getattr(sheet, f"{side}_untold") or not rules.may_tell(told_at, now + SKEW):
        return
    subject = queries.subject_of(system, sheet)
    address = subject.proposal and _address(subject.proposal, Side(side))
    if subject.proposal and subject.writable and address:
        _write(sheet, subject.proposal, Side(side), address, now=now)
    setattr(sheet, f"{side}_untold", False)


def _address(proposal: Proposal, side: Side) -> str:
    if side is Side.PROPOSER:
        return proposal.email
    mail = get_tenant(proposal.tenant_id).declaration.get("mail", {})
    return str(mail.get("desk_address") or "")


def _write(
    sheet: FitSheet, proposal: Proposal, side: Side, address: str, *, now: dt.datetime
) -> None:
    town = get_tenant(sheet.tenant_id)
    here = f"{settings().base_url}/{town.slug}"
    locale = "ja"
    if side is Side.PROPOSER:
        locale = proposal.locale
        link = f"{here}/p/{new_link(proposal, now=now)}/fit-sheet"
        if locale != "ja":
            # The mail may be opened where nobody has chosen a language yet.
            link += f"?lang={locale}"
    else:
        link = f"{here}/desk/proposals/{proposal.id}/fit-sheet"
    write_mail(
        sheet.tenant_id,
        to=address,
        template=f"fit_sheets/mail/for_{side}",
        sender_name=town.sender_name,
        locale=locale,
        subject_id=proposal.id,
        proposal=proposal,
        town=town,
        link=link,
    )
    setattr(sheet, f"{side}_told_at", now)
    setattr(sheet, f"{side}_untold", False)
