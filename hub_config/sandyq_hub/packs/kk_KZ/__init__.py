"""JupyterLab's language pack in Kazakh: entry point ``kk_KZ`` of ``jupyterlab.languagepack``."""
