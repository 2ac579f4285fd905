// The brush over a cut-out. The mask is a canvas of white whose alpha is the matte: adding paints,
// erasing takes away. Strokes are kept as points, so undo is: the mask as it came, and all but one.
(() => {
  const main = document.querySelector('main[data-listing]');
  if (!main) return;
  const view = main.querySelector('canvas'), pen = view.getContext('2d');
  const size = main.querySelector('#size'), said = main.querySelector('#said');
  const button = (id) => main.querySelector('#' + id);
  const {width, height} = view;
  const layer = () => Object.assign(document.createElement('canvas'), {width, height});
  const mask = layer(), paint = mask.getContext('2d'), veil = layer(), cover = veil.getContext('2d');
  const photo = new Image(), first = new Image();
  const where = `?listing=${encodeURIComponent(main.dataset.listing)}&slot=${encodeURIComponent(main.dataset.slot)}`;
  const done = [], undone = [];
  let tool = 'add', white = false, stroke = null, at = {x: width / 2, y: height / 2}, shown = false;

  const draw = () => {
    cover.globalCompositeOperation = 'source-over';
    cover.clearRect(0, 0, width, height);
    cover.fillStyle = white ? '#fff' : 'rgb(214 40 57 / .55)';
    cover.fillRect(0, 0, width, height);
    cover.globalCompositeOperation = 'destination-out';
    cover.drawImage(mask, 0, 0);
    pen.drawImage(photo, 0, 0, width, height);
    pen.drawImage(veil, 0, 0);
    if (!shown) return;
    pen.beginPath();
    pen.arc(at.x, at.y, radius(), 0, 2 * Math.PI);
    pen.lineWidth = Math.max(1, scale());
    pen.strokeStyle = tool === 'add' ? '#0b6b5f' : '#a4262c';
    pen.stroke();
  };
  let waiting = 0;
  const soon = () => { waiting ||= requestAnimationFrame(() => { waiting = 0; draw(); }); };
  const scale = () => width / view.getBoundingClientRect().width;
  const radius = () => Math.max(1, size.value / 2 * scale());
  const trace = (one, from) => {
    paint.globalCompositeOperation = one.tool === 'add' ? 'source-over' : 'destination-out';
    paint.strokeStyle = paint.fillStyle = '#fff';
    paint.lineWidth = 2 * one.radius;
    paint.lineCap = paint.lineJoin = 'round';
    const points = one.points.slice(from);
    paint.beginPath();
    paint.moveTo(points[0].x, points[0].y);
    for (const p of points) paint.lineTo(p.x, p.y);
    if (points.length === 1) paint.lineTo(points[0].x + .01, points[0].y);
    paint.stroke();
  };
  const begun = () => {
    paint.globalCompositeOperation = 'copy';
    paint.drawImage(first, 0, 0);
  };
  const told = () => {
    button('undo').disabled = !done.length;
    button('redo').disabled = !undone.length;
    button('save').disabled = !done.length;
    soon();
  };
  const start = (point) => { stroke = {tool, radius: radius(), points: [point]}; trace(stroke, 0); };
  const finish = () => {
    if (!stroke) return;
    done.push(stroke);
    undone.length = 0;
    stroke = null;
    told();
  };
  const undo = () => {
    if (!done.length) return;
    undone.push(done.pop());
    begun();
    for (const one of done) trace(one, 0);
    told();
  };
  const redo = () => {
    if (!undone.length) return;
    done.push(undone.pop());
    trace(done.at(-1), 0);
    told();
  };
  const take = (name) => {
    tool = name;
    for (const b of main.querySelectorAll('[data-tool]')) b.ariaPressed = String(b.dataset.tool === name);
    soon();
  };
  const sized = (by) => { size.value = Number(size.value) * by + (by > 1 ? 1 : -1); soon(); };
  const ground = () => { white = !white; button('white').ariaPressed = String(white); soon(); };

  const place = (event) => {
    const box = view.getBoundingClientRect();
    return {x: (event.clientX - box.left) * width / box.width, y: (event.clientY - box.top) * height / box.height};
  };
  view.addEventListener('pointerdown', (event) => {
    if (event.button) return;
    view.setPointerCapture(event.pointerId);
    start(at = place(event));
    soon();
  });
  view.addEventListener('pointermove', (event) => {
    shown = true;
    at = place(event);
    if (stroke) {
      for (const one of event.getCoalescedEvents?.() ?? [event]) stroke.points.push(place(one));
      stroke.points.push(at);
      trace(stroke, Math.max(0, stroke.points.length - 9));
    }
    soon();
  });
  for (const end of ['pointerup', 'pointercancel']) view.addEventListener(end, finish);
  view.addEventListener('pointerleave', () => { shown = false; soon(); });

  const step = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};
  view.addEventListener('keydown', (event) => {  // without a pointer: arrows move, space paints
    if (step[event.key]) {
      const by = radius() / (event.shiftKey ? 4 : 1), [x, y] = step[event.key];
      at = {x: Math.min(width, Math.max(0, at.x + x * by)), y: Math.min(height, Math.max(0, at.y + y * by))};
      shown = true;
    } else if (event.key === ' ') { start(at); finish(); } else return;
    event.preventDefault();
    soon();
  });
  document.addEventListener('keydown', (event) => {
    const key = event.key.toLowerCase();
    if (event.ctrlKey || event.metaKey) {
      if (key === 'z') (event.shiftKey ? redo : undo)();
      else if (key === 'y') redo();
      else return;
      event.preventDefault();
    } else if (key === 'a') take('add');
    else if (key === 'e') take('erase');
    else if (key === 'w') ground();
    else if (key === '[') sized(1 / 1.15);
    else if (key === ']') sized(1.15);
  });
  for (const b of main.querySelectorAll('[data-tool]')) b.onclick = () => take(b.dataset.tool);
  size.oninput = soon;
  button('undo').onclick = undo;
  button('redo').onclick = redo;
  button('white').onclick = ground;

  const say = (words, wrong) => { said.textContent = words; said.classList.toggle('st-wrong', Boolean(wrong)); };
  const packed = () => {
    const grey = layer(), on = grey.getContext('2d');
    on.fillRect(0, 0, width, height);
    on.drawImage(mask, 0, 0);
    return new Promise((ready) => grey.toBlob(ready, 'image/png'));
  };
  let kept = false;
  button('save').onclick = async () => {
    button('save').disabled = true;
    say(main.dataset.saving);
    try {
      const answer = await fetch(`/brush${where}&revision=${main.dataset.revision}`,
        {method: 'POST', headers: {'content-type': 'image/png'}, body: await packed()});
      const told = await answer.json();
      if (!answer.ok) throw new Error(told.message);
      kept = true;
      say(main.dataset.saved);
      location.assign(main.dataset.back);
    } catch (error) {
      say(error.message || main.dataset.lost, true);
      button('save').disabled = false;
    }
  };
  addEventListener('beforeunload', (event) => { if (done.length && !kept) event.preventDefault(); });

  photo.src = '/brush/photo' + where;
  first.src = '/brush/mask' + where;
  Promise.all([photo.decode(), first.decode()]).then(() => {
    begun();
    draw();
    main.dataset.ready = 'yes';
  }, () => say(main.dataset.lost, true));
})();
