// Reports to Playhead what a video does that hls.js plays: what playhead-video.js (load it first) sees, and what only
// hls.js knows: the bitrate of the level that plays, whether it is live, and fatal errors. ES2017.
// Licensed under the Apache License 2.0.
//
//   hls.attachMedia(video);
//   playhead.trackHls(hls, { serviceUrl, partnerId, entryId });   gives what playhead.track gives; hls.destroy() stops it
(function () {
  "use strict";

  function describe(hls) {
    const level = hls.levels[hls.currentLevel];
    const isLive = Boolean(level && level.details && level.details.live);
    return {
      deliveryType: "hls",
      playbackType: isLive ? "live" : "vod",
      actualBitrate: level ? level.bitrate / 1000 : -1,
    };
  }

  window.playhead.trackHls = function (hls, options) {
    const tracker = window.playhead.track(hls.media, Object.assign({}, options, { describe: () => describe(hls) }));
    const { DESTROYING, ERROR } = hls.constructor.Events;
    // The code is hls.js's own word, such as manifestLoadError; the details have the status of HTTP.
    const onError = (name, { fatal, details, response }) => {
      if (fatal) tracker.error(details, response && response.code ? `HTTP ${response.code}` : undefined);
    };
    const onDestroying = () => tracker.stop();
    hls.on(ERROR, onError);
    hls.on(DESTROYING, onDestroying);
    tracker.cleanups.push(() => hls.off(ERROR, onError), () => hls.off(DESTROYING, onDestroying));
    return tracker;
  };
})();
