// The next one at this PC finds nothing of the one who leaves: cookies went with the page, this is the rest.
(async () => {
  try {
    if (window.BroadcastChannel) new BroadcastChannel("sandyq").postMessage("signed-out"); // lessons open in other tabs
    localStorage.clear();
    sessionStorage.clear();
    if (indexedDB.databases) for (const { name } of await indexedDB.databases()) indexedDB.deleteDatabase(name);
    if (window.caches) for (const name of await caches.keys()) await caches.delete(name);
  } finally {
    location.replace("/hub/logout?swept=1");
  }
})();
