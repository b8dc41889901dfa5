"""Every part of the platform, named once, in the order of the layers.

Importing a part makes its tables, permissions, subscribers and jobs known; nothing depends on
who imports first.
"""

from importlib import import_module

from kyoso.core.i18n import lazy_gettext as _l

PARTS = (
    "kyoso.core.journal",
    "kyoso.core.throttle",
    "kyoso.core.mail",
    "kyoso.core.files",
    "kyoso.tenancy.models",
    "kyoso.tenancy.permissions",
    "kyoso.identity.accounts.models",
    "kyoso.identity.accounts.reset_mail",
    "kyoso.identity.members.models",
    "kyoso.identity.members.permissions",
    "kyoso.identity.consents.operations",
    "kyoso.identity.erasures.operations",
    "kyoso.identity.profiles.operations",
    "kyoso.municipal.documents.operations",
    "kyoso.municipal.strategy.models",
    "kyoso.municipal.strategy.permissions",
    "kyoso.municipal.strategy.operations",
    "kyoso.municipal.talents.subscribers",
    "kyoso.municipal.talent_invitations.operations",
    "kyoso.municipal.needs.operations",
    "kyoso.municipal.intake.operations",
    "kyoso.municipal.proposals.operations",
    "kyoso.municipal.agreements.operations",
    "kyoso.municipal.fit_sheets.operations",
    "kyoso.municipal.reviews.operations",
    "kyoso.municipal.decisions.operations",
    "kyoso.municipal.decisions.subscribers",
    "kyoso.municipal.notices.operations",
    "kyoso.municipal.workshops.operations",
    "kyoso.municipal.annual_reports.subscribers",
    "kyoso.municipal.progress.permissions",
    # kyoso feature: parts
    "kyoso.municipal.projects.operations",
    "kyoso.municipal.projects.subscribers",
    "kyoso.municipal.activities.operations",
    "kyoso.municipal.activities.subscribers",
    "kyoso.municipal.recruiting.operations",
    "kyoso.municipal.recruiting.subscribers",
    "kyoso.municipal.calendars.operations",
    "kyoso.municipal.recruitments.operations",
    "kyoso.municipal.recruitment_applications.operations",
    "kyoso.municipal.recruitment_applications.subscribers",
    "kyoso.municipal.running_costs.operations",
    "kyoso.municipal.workloads.operations",
    "kyoso.municipal.indicators.operations",
    "kyoso.municipal.engagements.operations",
    "kyoso.municipal.engagements.subscribers",
    "kyoso.municipal.work_hours.operations",
    "kyoso.municipal.work_hours.permissions",
    "kyoso.municipal.check_ins.subscribers",
    "kyoso.municipal.posts.operations",
    "kyoso.municipal.organisation.permissions",
    "kyoso.municipal.gates.operations",
    "kyoso.municipal.departures.subscribers",
    "kyoso.exchange.networks.operations",
    "kyoso.exchange.networks.subscribers",
    "kyoso.exchange.moderation.subscribers",
    "kyoso.exchange.know_how.subscribers",
    "kyoso.exchange.reuses.subscribers",
    "kyoso.exchange.listed_needs.subscribers",
    "kyoso.exchange.talent_pool.subscribers",
    "kyoso.exchange.saved_searches.subscribers",
    "kyoso.exchange.consultations.subscribers",
    "kyoso.exchange.share_requests.operations",
    "kyoso.exchange.share_talks.subscribers",
    "kyoso.exchange.shares.subscribers",
    "kyoso.exchange.referrals.subscribers",
    "kyoso.exchange.coordination.operations",
    "kyoso.exchange.coordination.subscribers",
    # Numbers, in the order of the catalogue.
    "kyoso.municipal.proposals.metrics",
    "kyoso.municipal.decisions.metrics",
    "kyoso.municipal.needs.metrics",
    "kyoso.municipal.stages.metrics",
    "kyoso.municipal.gates.metrics",
    "kyoso.municipal.running_costs.metrics",
    "kyoso.municipal.agreements.metrics",
    "kyoso.municipal.workloads.metrics",
    # Joint metrics.
    "kyoso.joint_metrics.snapshots.operations",
    "kyoso.portal.lost_link",
    "kyoso.me.check_ins.queries",
)

#: The blueprints, as ``module:name``.
BLUEPRINTS: tuple[str, ...] = (
    "kyoso.tenancy.views:bp",
    "kyoso.identity.accounts.views:bp",
    "kyoso.identity.members.views:bp",
    "kyoso.identity.members.invitation_views:bp",
    "kyoso.identity.members.journal_views:bp",
    "kyoso.identity.members.permission_views:bp",
    "kyoso.identity.profiles.views:bp",
    "kyoso.identity.consents.views:bp",
    "kyoso.municipal.documents.views:bp",
    "kyoso.municipal.documents.views:templates_bp",
    "kyoso.municipal.talents.views:bp",
    "kyoso.municipal.talent_invitations.views:bp",
    "kyoso.municipal.talent_invitations.views:way_in",
    "kyoso.municipal.needs.views:bp",
    "kyoso.municipal.intake.views:bp",
    "kyoso.municipal.notices.views:bp",
    "kyoso.municipal.workshops.views:bp",
    "kyoso.municipal.annual_reports.views:bp",
    "kyoso.municipal.progress.views:bp",
    # kyoso feature: blueprints
    "kyoso.municipal.projects.views:bp",
    "kyoso.municipal.agreements.views:bp",
    "kyoso.municipal.activities.views:bp",
    "kyoso.municipal.recruiting.views:bp",
    "kyoso.municipal.recruitments.views:bp",
    "kyoso.municipal.recruitment_applications.views:bp",
    "kyoso.municipal.calendars.views:bp",
    "kyoso.municipal.calendars.views:feed",
    "kyoso.municipal.running_costs.views:bp",
    "kyoso.municipal.workloads.views:bp",
    "kyoso.municipal.indicators.views:bp",
    "kyoso.municipal.work_hours.views:bp",
    "kyoso.municipal.gates.views:bp",
    "kyoso.municipal.engagements.views:bp",
    "kyoso.municipal.posts.views:bp",
    "kyoso.municipal.organisation.views:bp",
    "kyoso.exchange.networks.views:bp",
    "kyoso.exchange.know_how.views:bp",
    "kyoso.exchange.reuses.views:bp",
    "kyoso.exchange.moderation.views:bp",
    "kyoso.exchange.moderation.views:network_bp",
    "kyoso.exchange.consultations.views:bp",
    "kyoso.exchange.saved_searches.views:bp",
    "kyoso.exchange.talent_pool.views:bp",
    "kyoso.exchange.listed_needs.views:bp",
    "kyoso.exchange.share_requests.views:bp",
    "kyoso.exchange.share_talks.views:bp",
    "kyoso.exchange.shares.views:bp",
    "kyoso.exchange.staff_exchanges.views:bp",
    "kyoso.exchange.referrals.views:bp",
    "kyoso.exchange.coordination.views:town_bp",
    "kyoso.exchange.coordination.views:bp",
    "kyoso.portal.site.views:bp",
    "kyoso.portal.meetings.views:bp",
    "kyoso.portal.direction.views:bp",
    "kyoso.portal.know_how.views:bp",
    "kyoso.portal.site.feeds:bp",
    "kyoso.portal.site.front:bp",
    "kyoso.portal.joining.views:bp",
    "kyoso.portal.recruitments.views:bp",
    "kyoso.portal.recruitments.private_views:bp",
    "kyoso.portal.proposing.views:bp",
    "kyoso.portal.following.views:bp",
    "kyoso.portal.referring.views:bp",
    "kyoso.portal.fitting.views:bp",
    "kyoso.municipal.fit_sheets.views:bp",
    "kyoso.municipal.proposals.views:bp",
    "kyoso.municipal.reviews.views:bp",
    "kyoso.municipal.decisions.views:bp",
    "kyoso.municipal.desk.views:bp",
    "kyoso.municipal.check_ins.views:bp",
    "kyoso.me.home.views:bp",
    "kyoso.me.engagements.views:bp",
    "kyoso.me.shares.views:bp",
    "kyoso.municipal.departures.views:bp",
    "kyoso.me.own_data.views:bp",
    "kyoso.me.check_ins.views:bp",
    "kyoso.me.hours.views:bp",
    "kyoso.me.listings.views:bp",
)

#: Only where ``demo`` is on: sign-in without a password, and the mailbox.
DEMO_BLUEPRINTS: tuple[str, ...] = ("kyoso.identity.demo:bp", "kyoso.identity.mailbox:bp")

#: The desk's menu: words, endpoint, and the permission without which it is not shown.
DESK_MENU = (
    (_l("今日やること"), "desk.today", "proposals:read"),
    (_l("提案"), "desk.inbox", "proposals:read"),
    (_l("求めていること"), "needs.index", "needs:read"),
    (_l("プロジェクト"), "projects.index", "projects:read"),
    (_l("予定"), "calendars.month", "calendars:read"),
    (_l("協定"), "agreements.index", "agreements:read"),
    (_l("課"), "workloads.departments", "workloads:read"),
    (_l("体制図"), "organisation.index", "organisation:read"),
    (_l("交流"), "networks.home", "networks:read"),
    (_l("人材台帳"), "talents.index", "talents:read"),
    (_l("関与"), "engagements.index", "engagements:read"),
    (_l("すり合わせの状況"), "check_ins.index", "check-ins:read"),
    (_l("働いた時間"), "work_hours.index", "work-hours:read"),
    (_l("複業人材募集"), "recruitments.index", "recruitments:read"),
    (_l("お知らせ"), "notices.index", "notices:read"),
    (_l("将来像と戦略"), "progress.index", "progress:read"),
    (_l("ワークショップ"), "workshops.index", "workshops:read"),
    (_l("年次報告"), "annual_reports.index", "annual-reports:read"),
    # kyoso feature: menu
    (_l("発行した文書"), "documents.index", "documents:read"),
    (_l("文書のひな型"), "document_templates.index_of_templates", "documents:write"),
    (_l("受付方針"), "intake.index", "intake:read"),
    (_l("担当者"), "members.index", "members:read"),
    (_l("操作の記録"), "journal.index", "journal:read"),
    (_l("権限の一覧"), "permissions.index", "permissions:read"),
)

#: The headings of the desk's menu, by the endpoint of the first entry below each.
DESK_HEADINGS = {
    "talents.index": _l("町の外から関わる人"),
    "notices.index": _l("伝える・まとめる"),
    "documents.index": _l("文書と設定"),
}

#: The menu above the pages of the exchange, in the same form: parts with their own entries.
EXCHANGE_MENU = (
    (_l("交流の入口"), "networks.home", "networks:read"),
    (_l("人材を探す"), "talent_pool.index", "talent-pool:read"),
    (_l("町々が求めていること"), "listed_needs.index", "listed-needs:read"),
    (_l("町の掲載"), "talent_pool.offers", "talent-pool:read"),
    (_l("保存した検索"), "saved_searches.index", "talent-pool:read"),
    (_l("人材シェア"), "share_requests.index", "shares:read"),
    (_l("ノウハウを探す"), "know_how.index", "know-how:read"),
    (_l("町のノウハウ"), "know_how.own", "know-how:read"),
    (_l("活用記録"), "reuses.index", "reuses:read"),
    (_l("相談"), "consultations.index", "consultations:read"),
    (_l("提案の紹介"), "referrals.index", "referrals:read"),
    (_l("ネットワークの一覧"), "networks.index", "networks:read"),
    (_l("通報と非表示"), "moderation.index", "moderation:read"),
)

#: The parts of that menu, by the endpoint of the first entry of each.
EXCHANGE_PARTS = {
    "networks.home": _l("交流の入口"),
    "talent_pool.index": _l("人材を探す"),
    "share_requests.index": _l("人材シェア"),
    "know_how.index": _l("ノウハウ"),
    "consultations.index": _l("相談"),
    "referrals.index": _l("提案の紹介"),
    "networks.index": _l("ネットワーク"),
}

#: The coordinators' menu, in the same form.
NETWORK_MENU = (
    (_l("加盟する自治体"), "coordination.members", "coordination:work"),
    (_l("交流のようす"), "coordination.health", "coordination:work"),
    (_l("通報と非表示"), "reports.log", "moderation:work"),
    (_l("相談"), "coordination.consulted", "consultations:work"),
    (_l("ネットワークの決まり"), "coordination.rules", "coordination:work"),
    (_l("ネットワークの記録"), "coordination.log", "coordination:work"),
)

#: The menu of a person's own pages (/me/): words and endpoint.
ME_MENU = (
    (_l("今日"), "me_home.index"),
    (_l("働いた時間"), "me_hours.index"),
    (_l("町とのすり合わせ"), "me_check_ins.index"),
    (_l("関わり"), "me_engagements.index"),
    (_l("人材シェア"), "me_shares.index"),
    (_l("プロフィール"), "profiles.index"),
    (_l("ネットワークへの掲載"), "me_listings.index"),
    (_l("同意の記録"), "consents.index"),
    (_l("自分のデータ"), "me_own_data.index"),
)


def load_parts() -> None:
    """Import every part."""
    for part in PARTS:
        import_module(part)
