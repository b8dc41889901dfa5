"""What applicants are told by mail, each with a private link of its own, and the desk of them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from kyoso.core.config import settings
from kyoso.core.db import db, new_id
from kyoso.core.i18n import force_locale
from kyoso.core.i18n import gettext as _
from kyoso.core.mail import write_mail
from kyoso.core.tokens import new_token, token_hash
from kyoso.municipal.recruitment_applications.models import (
    RecruitmentApplication,
    RecruitmentLink,
)
from kyoso.municipal.recruitments.queries import Recruitment
from kyoso.tenancy.queries import get_tenant


def new_link(application: RecruitmentApplication, *, now: dt.datetime, token: str = "") -> str:
    """Make a private link to an application and return its secret, which is not stored.

    `token` is a secret that the visitor was given before; without it a new one is made.
    """
    token = token or new_token()
    # Before its link: there is no relationship to order the two.
    db.session.flush()
    db.session.add(
        RecruitmentLink(
            id=new_id(),
            tenant_id=application.tenant_id,
            application_id=application.id,
            token_hash=token_hash(token),
            created_at=now,
            expires_at=now + dt.timedelta(days=settings().link_days),
        )
    )
    return token


def tell_applicant(
    application: RecruitmentApplication,
    recruitment: Recruitment,
    template: str,
    *,
    now: dt.datetime,
    **context: Any,
) -> None:
    """Write to the applicant in their language: ``template`` is a name in recruitment_applications/mail/."""
    town = get_tenant(application.tenant_id)
    link = f"{settings().base_url}/{town.slug}/applications/{new_link(application, now=now)}"
    if application.locale != "ja":
        # The mail may be opened where nobody has chosen a language yet.
        link += f"?lang={application.locale}"
    write_mail(
        application.tenant_id,
        to=application.email,
        template=f"recruitment_applications/mail/{template}",
        sender_name=town.sender_name,
        locale=application.locale,
        subject_id=application.id,
        application=application,
        recruitment=recruitment,
        town=town,
        link=link,
        **context,
    )


def tell_desk(application: RecruitmentApplication, recruitment: Recruitment, template: str) -> None:
    """Write to the desk's own address, if the town gave one; without a word of the applicant's."""
    town = get_tenant(application.tenant_id)
    address = town.declaration.get("mail", {}).get("desk_address")
    if not address:
        return
    place = f"desk/recruitments/applications/{application.id}"
    write_mail(
        application.tenant_id,
        to=address,
        template=f"recruitment_applications/mail/{template}",
        sender_name=town.sender_name,
        subject_id=application.id,
        application=application,
        recruitment=recruitment,
        town=town,
        link=f"{settings().base_url}/{town.slug}/{place}",
    )


def usual_letter(application: RecruitmentApplication, recruitment: Recruitment) -> str:
    """Return what is written to somebody who was not chosen, in their language, to be changed."""
    with force_locale(application.locale):
        return _(
            "このたびは「%(title)s」にご応募いただき、誠にありがとうございました。"
            "これまでのご経験と、町へのお気持ちを、ありがたく拝読しました。\n\n"
            "検討を重ねましたが、今回はご一緒していただく形を整えることができませんでした。"
            "募集の人数や時期との兼ね合いによるもので、ご経験やお力についての評価ではありません。\n\n"
            "町ではこれからも、さまざまな課が募集を行います。"
            "関心をお持ちいただけるものがありましたら、ぜひまたお声がけください。",
            title=recruitment.title,
        )
