"""The admin pages, put together with Flask-Admin."""

from __future__ import annotations

from flask import Flask
from flask_admin import Admin
from flask_admin.theme import Theme

from admin.views.dashboard import DashboardView
from admin.views.deliveries import DeliveriesView
from admin.views.destinations import DestinationsView
from admin.views.integrations import IntegrationsView
from admin.views.logs import LogsView
from admin.views.rooms import RoomsView
from admin.views.users import UsersView


def install(app: Flask) -> None:
    """Register every page."""
    admin = Admin(
        app,
        name="Hooksmith",
        url="/admin",
        index_view=DashboardView(name="Dashboard", endpoint="admin", url="/admin"),
        theme=Theme(folder="bootstrap4", base_template="layout.html"),
    )
    admin.add_views(
        IntegrationsView(name="Integrations", endpoint="integrations", url="/admin/integrations"),
        RoomsView(name="Rooms", endpoint="rooms", url="/admin/rooms"),
        LogsView(name="Logs", endpoint="logs", url="/admin/logs"),
        DeliveriesView(name="Deliveries", endpoint="deliveries", url="/admin/deliveries"),
        DestinationsView(name="Destinations", endpoint="destinations", url="/admin/destinations"),
        UsersView(name="Users", endpoint="users", url="/admin/users"),
    )
