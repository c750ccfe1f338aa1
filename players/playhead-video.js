// Reports to Playhead what an HTML5 <video> or <audio> element does. No dependencies, no build step, ES2017.
// Licensed under the Apache License 2.0.
//
//   const tracker = playhead.track(video, { serviceUrl: "https://stats.example.com", partnerId: 4711, entryId: "0_a" });
//   tracker.error(code, details);   a failure that the element does not know of; code: a number or a short text
//   tracker.stop();                 sends what is left and lets go of the element; call it before another video
//
// Options: serviceUrl, partnerId, entryId (required); sessionId (default: a new one); describe, a function that gives
// fields known only at the moment of an event, such as actualBitrate in kbit/s; any other option is sent with every event
// under its name: userId, application, playbackContext, customVar1, customVar2, customVar3, playlistId, ks, ...
//
// One small request for each thing that happens, and one for ten seconds of playing. A request that fails is not sent
// again and disturbs nothing: the next VIEW carries the whole play time so far.
(function () {
  "use strict";

  const IMPRESSION = 1, PLAY_REQUEST = 2, PLAY = 3, RESUME = 4, PAUSE = 33, REPLAY = 34, SEEK = 35;
  const BUFFER_START = 45, BUFFER_END = 46, ERROR = 98, VIEW = 99;
  const QUARTILES = [[0.25, 11], [0.5, 12], [0.75, 13], [0.9, 15], [1, 14]];
  const VIEW_MS = 10000;
  const SCRUB_MS = 1000; // Seeks that follow one another faster are one.
  const PATIENCE_MS = 60000; // A video that stands still for longer has nobody who waits for it.
  const SILENCE_MS = 60000; // After a longer one all counts begin again.
  const NOT_SENT = ["serviceUrl", "describe"];

  class Tracker {
    constructor(video, options) {
      this.video = video;
      this.url = trackingUrl(options.serviceUrl);
      this.describe = options.describe || (() => ({}));
      this.fields = Object.assign({ clientVer: "playhead-video 1", sessionId: newSessionId() }, options);
      NOT_SENT.forEach((name) => delete this.fields[name]);
      this.sentAt = -Infinity; // when the last event was
      this.quartiles = QUARTILES.slice(); // those not reached yet
      this.isPlaying = false; // buffering included
      this.hasPlayed = false;
      this.hasEnded = false; // and was not moved since
      this.requestedAt = this.soughtAt = this.bufferingSince = null;
      this.playTime = 0; // seconds of media, seeks excluded
      this.reportedPlayTime = -1; // that of the last VIEW
      this.position = video.currentTime; // up to which playTime counts
      this.patience = 0; // milliseconds of standing still that count as buffering
      this.bufferTime = this.bufferTimeSum = 0; // seconds; the former since the last VIEW
      this.frames = { totalVideoFrames: 0, droppedVideoFrames: 0 }; // as of the last VIEW
      this.viewLeft = VIEW_MS; // of playing until the next VIEW, as of viewTimerAt
      this.cleanups = []; // what stop() undoes
      this.listen();
      this.send(IMPRESSION);
      this.catchUp();
    }

    error(code, details) {
      const errorPosition = this.hasPlayed ? 2 : this.requestedAt === null ? 3 : 1;
      this.measure();
      this.patience = 0;
      this.send(ERROR, { errorCode: code, errorDetails: details, errorPosition });
    }

    stop() {
      this.suspend();
      this.view();
      this.cleanups.splice(0).forEach((cleanUp) => cleanUp());
    }

    listen() {
      const on = (target, type, handle) => {
        const handler = (event) => handle.call(this, event);
        // Captured, because the errors of <source> elements do not bubble.
        target.addEventListener(type, handler, true);
        this.cleanups.push(() => target.removeEventListener(type, handler, true));
      };
      on(this.video, "play", this.onPlay);
      on(this.video, "playing", this.onPlaying);
      on(this.video, "waiting", this.onWaiting);
      on(this.video, "timeupdate", this.onTimeUpdate);
      on(this.video, "seeking", this.onSeeking);
      on(this.video, "pause", this.onPause);
      on(this.video, "ended", this.onEnded);
      on(this.video, "error", this.onError);
      // The seconds since the last VIEW, while they can be told. A phone may end a hidden page without a word.
      on(window, "pagehide", this.view);
      on(document, "visibilitychange", () => document.visibilityState === "hidden" && this.view());
    }

    // What happened before there was anybody to see it.
    catchUp() {
      if (this.video.error) return this.onError({ target: this.video });
      if (this.video.paused) return;
      this.onPlay();
      this.requestedAt = NaN; // when is not known
      if (this.video.readyState > HTMLMediaElement.HAVE_CURRENT_DATA) this.onPlaying();
    }

    onPlay() {
      if (this.requestedAt !== null) return;
      this.requestedAt = performance.now();
      this.send(PLAY_REQUEST);
    }

    onPlaying() {
      this.endBuffering();
      this.patience = PATIENCE_MS;
      if (this.isPlaying) return;
      this.position = this.video.currentTime;
      this.isPlaying = true;
      if (!this.hasPlayed) {
        this.hasPlayed = true;
        this.send(PLAY, { joinTime: seconds(performance.now() - this.requestedAt) });
        this.view();
      } else {
        this.send(this.hasEnded ? REPLAY : RESUME);
        this.startViewTimer();
      }
      this.hasEnded = false;
    }

    onWaiting() {
      if (!this.isPlaying || this.bufferingSince !== null) return;
      this.bufferingSince = performance.now();
      this.send(BUFFER_START);
    }

    onTimeUpdate() {
      this.measure();
      const { currentTime, duration } = this.video;
      if (!this.hasPlayed || this.isLive()) return;
      // The end is reached when it is played, not when it is near.
      this.reach(Math.min(currentTime / duration, 0.999));
    }

    onSeeking() {
      const { currentTime, duration, loop, paused } = this.video;
      const before = this.position;
      this.position = currentTime;
      if (!this.hasPlayed) return;
      if (loop && currentTime === 0 && before > duration - 1) {
        if (this.isPlaying) this.playTime += duration - before;
        return this.reach(1);
      }
      // A replay begins with a seek of its own.
      if (this.hasEnded && !paused) return;
      this.hasEnded = false;
      const now = performance.now();
      const isScrub = this.soughtAt !== null && now - this.soughtAt < SCRUB_MS;
      this.soughtAt = now;
      if (!isScrub) this.send(SEEK, { targetPosition: rounded(currentTime) });
    }

    onPause() {
      if (this.video.ended || !this.isPlaying) return;
      this.suspend();
      this.send(PAUSE);
    }

    onEnded() {
      this.suspend();
      this.reach(1);
      this.hasEnded = true;
      this.send(PAUSE); // as a Kaltura Player does
      this.view();
    }

    onError(event) {
      const { video } = this;
      const failed = event.target === video;
      // Of several sources only the last one's failure is the video's.
      if (!failed && event.target !== video.querySelector("source:last-of-type")) return;
      const { code, message } = (failed && video.error) || { code: 4, message: "no source can be played" };
      this.error(code, message);
    }

    reach(share) {
      while (this.quartiles.length > 0 && share >= this.quartiles[0][0]) this.send(this.quartiles.shift()[1]);
    }

    // Playing ends, for now.
    suspend() {
      this.measure();
      this.endBuffering();
      this.stopViewTimer();
      this.isPlaying = false;
    }

    endBuffering() {
      if (this.bufferingSince === null) return;
      this.measure();
      this.bufferingSince = null;
      this.send(BUFFER_END);
    }

    // Brings playTime, bufferTime and bufferTimeSum up to now.
    measure() {
      const { currentTime, seeking } = this.video;
      if (this.isPlaying && !seeking) this.playTime += Math.max(0, currentTime - this.position);
      this.position = currentTime;
      if (this.bufferingSince === null) return;
      const now = performance.now();
      const waited = Math.min(now - this.bufferingSince, this.patience);
      this.bufferingSince = now;
      this.patience -= waited;
      this.bufferTime += waited / 1000;
      this.bufferTimeSum += waited / 1000;
    }

    startViewTimer() {
      this.viewTimerAt = performance.now();
      this.viewTimer = setTimeout(() => this.view(), this.viewLeft);
    }

    stopViewTimer() {
      if (!this.viewTimer) return;
      clearTimeout(this.viewTimer);
      this.viewTimer = null;
      this.viewLeft = Math.max(0, this.viewLeft - (performance.now() - this.viewTimerAt));
    }

    // The heartbeat, when there is something new to tell: at the start, after every ten seconds of playing, and at the end.
    view() {
      this.stopViewTimer();
      this.measure();
      if (this.hasPlayed && (this.playTime > this.reportedPlayTime || this.bufferTime > 0)) this.sendView();
      this.viewLeft = VIEW_MS;
      if (this.isPlaying) this.startViewTimer();
    }

    sendView() {
      this.renew();
      this.send(VIEW, {
        playTimeSum: rounded(this.playTime),
        bufferTime: rounded(this.bufferTime),
        bufferTimeSum: rounded(this.bufferTimeSum),
        droppedFramesRatio: this.droppedFramesRatio(),
      });
      this.reportedPlayTime = this.playTime;
      this.bufferTime = 0;
    }

    // Playhead forgets a silent session after a while, and would take a sum of all that was ever played for new. What no
    // VIEW has told yet is kept. The start time tells equal events of two such stretches apart.
    renew() {
      const now = Date.now();
      if (now - this.sentAt > SILENCE_MS) {
        this.eventIndex = 0;
        this.fields.sessionStartTime = Math.floor(now / 1000);
        this.playTime -= Math.max(0, this.reportedPlayTime);
        this.reportedPlayTime = Math.min(0, this.reportedPlayTime);
        this.bufferTimeSum = this.bufferTime;
      }
      this.sentAt = now;
    }

    // Since the last VIEW; -1: not known.
    droppedFramesRatio() {
      if (!this.video.getVideoPlaybackQuality) return -1;
      const before = this.frames;
      this.frames = this.video.getVideoPlaybackQuality();
      const shown = this.frames.totalVideoFrames - before.totalVideoFrames;
      return shown > 0 ? rounded((this.frames.droppedVideoFrames - before.droppedVideoFrames) / shown) : 0;
    }

    isLive() {
      const { playbackType } = this.describe();
      return playbackType ? playbackType !== "vod" : this.video.duration === Infinity;
    }

    send(eventType, fields) {
      this.renew();
      this.eventIndex += 1;
      const { currentTime, playbackRate } = this.video;
      const isLive = this.isLive();
      const event = Object.assign(
        { eventType, eventIndex: this.eventIndex, referrer: embeddingPage(), playbackSpeed: playbackRate },
        { deliveryType: "url", playbackType: isLive ? "live" : "vod", position: isLive ? undefined : rounded(currentTime) },
        this.fields,
        fields,
        this.describe(),
      );
      post(`${this.url}&eventType=${eventType}`, JSON.stringify(event));
    }
  }

  function track(video, options) {
    if (!(video instanceof HTMLMediaElement)) throw new TypeError("playhead.track: no <video> or <audio> element");
    ["serviceUrl", "partnerId", "entryId"].forEach((name) => {
      if (!options || !options[name]) throw new TypeError(`playhead.track: ${name} is missing`);
    });
    return new Tracker(video, options);
  }

  function trackingUrl(serviceUrl) {
    const base = String(serviceUrl).replace(/\/+$/, "");
    const path = base.endsWith("/index.php") ? base : `${base}/api_v3/index.php`;
    return `${path}?service=analytics&action=trackEvent`;
  }

  // Text as text/plain is a simple request: browsers send it across origins without asking first.
  function post(url, body) {
    if ("keepalive" in Request.prototype) {
      const sent = fetch(url, { method: "POST", body, keepalive: true, credentials: "omit" });
      // An answer that nobody reads keeps its connection.
      sent.then((answer) => answer.text()).catch(() => {});
    } else {
      navigator.sendBeacon(url, body);
    }
  }

  // Not randomUUID, which pages without TLS do not have.
  function newSessionId() {
    const bytes = Array.from(crypto.getRandomValues(new Uint8Array(16)));
    return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  // Without query and fragment, which may say more than where.
  function embeddingPage() {
    const page = window.parent === window ? location.href : document.referrer || location.href;
    return page.replace(/[?#].*$/, "");
  }

  function seconds(milliseconds) {
    return Number.isNaN(milliseconds) ? undefined : rounded(milliseconds / 1000);
  }

  function rounded(number) {
    return Math.round(number * 1000) / 1000;
  }

  window.playhead = Object.assign(window.playhead || {}, { track });
})();
