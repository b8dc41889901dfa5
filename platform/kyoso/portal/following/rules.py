"""How a proposal's way is told to its proposer. Pure: no database, no clock, no request."""

from __future__ import annotations

import re

from kyoso.core.i18n import lazy_gettext as _l
from kyoso.core.search import search_key
from kyoso.municipal.proposals.rules import DECIDED, ProposalStatus

S = ProposalStatus

#: The stations that every proposal passes, as a proposer thinks of them.
STATIONS = (_l("受付"), _l("確認"), _l("審査"), _l("回答"))

_STATION = {
    S.SUBMITTED: 1,
    S.SCREENING: 2,
    S.REVISION_REQUESTED: 2,
    S.RESUBMITTED: 2,
    S.IN_REVIEW: 3,
} | dict.fromkeys(DECIDED, 4)

_MEANING = {
    S.DRAFT: _l("まだ提出していません。続きを書いて、いつでも提出できます。"),
    S.SUBMITTED: _l("提案を受け取りました。町が確認を始めるまでは、内容を変更できます。"),
    S.SCREENING: _l("町が内容を確認しています。お尋ねすることがあるかもしれません。"),
    S.REVISION_REQUESTED: _l(
        "町から修正のお願いがあります。下の「町とのやり取り」を読み、内容を直して再提出してください。"
    ),
    S.RESUBMITTED: _l("再提出を受け取りました。町が内容を確認しています。"),
    S.IN_REVIEW: _l("町が審査をしています。結果は、メールとこのページでお知らせします。"),
    S.ADOPTED: _l("提案が採択されました。これからの進め方は、町からご連絡します。"),
    S.ADOPTED_WITH_CONDITIONS: _l(
        "提案が条件付きで採択されました。条件は、下の通知をご覧ください。"
    ),
    S.DECLINED: _l(
        "今回は見送りとさせていただきました。ご提案をありがとうございました。理由は、下の通知をご覧ください。"
    ),
    S.REFERRED: _l(
        "今回は見送りとさせていただき、あなたの同意のもとで、ほかの自治体に紹介しました。"
        "その後は、下の「ほかの自治体への紹介」をご覧ください。"
    ),
    S.WITHDRAWN: _l("この提案は取り下げられました。ありがとうございました。"),
    S.CANCELLED: _l("中止届を受け取りました。これまでのご協力をありがとうございました。"),
    S.REVOKED: _l(
        "町が採択を取り消しました。理由は、お送りしたメールをご覧ください。ご不明な点は町へお尋ねください。"
    ),
}

#: The journal's rows that a proposer sees, in words addressed to them. Everything else (who
#: reviews, notes, scores, a decision before it is announced) stays with the town.
HAPPENED = {
    "ProposalEntered": _l("職員がお預かりした提案を入力しました"),
    "ProposalSubmitted": _l("提案を提出しました"),
    "ScreeningStarted": _l("町が内容の確認を始めました"),
    "QuestionAsked": _l("町から質問がありました"),
    "ReplyGiven": _l("町へ返信しました"),
    "RevisionRequested": _l("町から修正のお願いがありました"),
    "ProposalResubmitted": _l("提案を再提出しました"),
    "ReviewStarted": _l("審査が始まりました"),
    "FitSheetStarted": _l("町がすり合わせシートを始めました"),
    "ItemAgreed": _l("すり合わせの項目が合意になりました"),
    "FilesAdded": _l("ファイルを追加しました"),
    "FileRemoved": _l("ファイルを取り除きました"),
    "ProposalWithdrawn": _l("提案を取り下げました"),
    "ProposalCancelled": _l("中止届を出しました"),
    "ProposalRevoked": _l("町が採択を取り消しました"),
}


def station_of(status: ProposalStatus) -> int | None:
    """Return the place among STATIONS, from 1; None for a proposal that is not on its way."""
    return _STATION.get(status)


def meaning_of(status: ProposalStatus) -> str:
    """Return what a status means, and what to do, in plain words."""
    return str(_MEANING[status])


def number_of(receipt: str) -> tuple[int, int] | None:
    """Return year and number of a receipt as typed, in any width; None if it is none."""
    digits = re.fullmatch(r"(20\d\d)\s*[-‐-―−ー]?\s*(\d{1,6})", search_key(receipt).strip())
    return (int(digits[1]), int(digits[2])) if digits else None
