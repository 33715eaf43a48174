// The hub tells how far a person's server is; without scripts the page just loads anew every two seconds.
const place = document.querySelector("[data-progress]");
const events = new EventSource(place.dataset.progress);

events.onmessage = ({ data }) => {
  const { ready, failed, ahead } = JSON.parse(data);
  if (ready || failed) {
    events.close();
    location.reload(); // the hub then leads to where one was going, or says what failed
  } else if (ahead !== undefined) {
    place.hidden = ahead === 0;
    place.textContent = place.dataset.words.replace("{count}", ahead);
  }
};
events.onerror = () => {
  if (events.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 2000);
};
