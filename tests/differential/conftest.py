from tests.integration.conftest import pool, run

__all__ = ["pool", "run"]
