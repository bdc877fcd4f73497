/** Puts `measure` into the review page; numbers are burnt into frames in cells along the upper edge. */
([cells, strip]) => {
  const canvas = new OffscreenCanvas(cells * 10, 10);
  const pen = canvas.getContext('2d', { willReadFrequently: true });
  const read = (player) => {
    const picture = player.picture;
    const [wide, high] = [picture.videoWidth || picture.naturalWidth || picture.width,
                          picture.videoHeight || picture.naturalHeight || picture.height];
    pen.drawImage(picture, 0, 0, wide, high / strip, 0, 0, canvas.width, canvas.height);
    const pixels = pen.getImageData(0, 0, canvas.width, canvas.height).data;
    let number = 0;
    for (let k = 0; k < 12; k += 1) number += (pixels[4 * (5 * canvas.width + 10 * k + 5)] > 127) << k;
    return number;
  };
  const settled = async () => {
    while (!review.ref.settled || !review.other.settled) await new Promise((done) => setTimeout(done, 0));
  };
  const pause = (ms) => new Promise((done) => setTimeout(done, ms));
  // Until the pictures around are there, as for someone who looks before stepping on; five seconds at the most.
  const filled = async () => {
    for (let n = 0; n < 50 && [review.ref, review.other].some((player) => player.cache.bitmaps.size < 40); n += 1) await pause(100);
  };
  const wrong = () => Number(read(review.ref) !== review.ref.want) + Number(read(review.other) !== review.other.want);
  window.measure = {
    // Steps to and fro as long as asked for, within the common part: wrong frames, and ms of those from the cache.
    steps: async (count, first, last) => {
      const out = { wrong: 0, cached: [], sought: [] };
      for (let n = 0, way = 1, left = 0; n < count; n += 1, left -= 1) {
        if (left <= 0) [way, left] = [Math.random() < 0.5 ? -1 : 1, 1 + Math.floor(Math.random() * 40)];
        if (review.ref.want + way <= first || review.ref.want + way >= last) way = -way;
        const began = performance.now();
        review.step(way);
        const cached = [review.ref, review.other].every((player) => player.settled && !player.step.hidden);
        if (cached) out.cached.push(performance.now() - began);
        else {
          await settled();
          out.sought.push(performance.now() - began);
        }
        out.wrong += wrong();
        if (left === 1) await (Math.random() < 0.3 ? filled() : pause(400 * Math.random()));
      }
      return out;
    },
    seeks: async (count, first, last) => {
      const out = { wrong: 0, ms: [] };
      for (let n = 0; n < count; n += 1) {
        const began = performance.now();
        review.link.moveTo(first + Math.floor(Math.random() * (last - first)));
        await settled();
        out.ms.push(performance.now() - began);
        out.wrong += wrong();
      }
      return out;
    },
  };
}
