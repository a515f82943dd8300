// The operations of the check language, as in arithmetic.py and dates.py; null is missing.
const TrialLinkChecks = (() => {
  const CLOSE = 1e-12;
  const isMissing = (x) => x === null || x === undefined;
  const finite = (x) => (Number.isFinite(x) ? x : null);
  const near = (a, b) => a === b || Math.abs(a - b) <= CLOSE * Math.max(Math.abs(a), Math.abs(b));
  // Wraps an operation on values that are present.
  const on = (f) => (...xs) => (xs.some(isMissing) ? null : f(...xs));
  const turned = (x) => (isMissing(x) ? null : !x);

  const DATE = /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2})(?::\d{2}(?:\.\d+)?)?)?)?)?$/;
  const TIME = /^(\d{2}):(\d{2})(?::\d{2}(?:\.\d+)?)?$/;
  const div = (a, b) => Math.floor(a / b);

  // Days from 1970-01-01 of a day of the Gregorian calendar; H. Hinnant, days_from_civil.
  const dayOf = (year, month, day) => {
    const y = month <= 2 ? year - 1 : year;
    const era = div(y, 400);
    const yearOfEra = y - era * 400;
    const dayOfYear = div(153 * (month + (month > 2 ? -3 : 9)) + 2, 5) + day - 1;
    return era * 146097 + yearOfEra * 365 + div(yearOfEra, 4) - div(yearOfEra, 100) + dayOfYear - 719468;
  };
  const civil = (day) => {
    const shifted = day + 719468;
    const era = div(shifted, 146097);
    const doe = shifted - era * 146097;
    const yoe = div(doe - div(doe, 1460) + div(doe, 36524) - div(doe, 146096), 365);
    const doy = doe - (365 * yoe + div(yoe, 4) - div(yoe, 100));
    const mp = div(5 * doy + 2, 153);
    const month = mp < 10 ? mp + 3 : mp - 9;
    return [yoe + era * 400 + (month <= 2 ? 1 : 0), month, doy - div(153 * mp + 2, 5) + 1];
  };
  const daysIn = (year, month) =>
    month === 12 ? 31 : dayOf(year, month + 1, 1) - dayOf(year, month, 1);

  const interval = (text) => {
    if (isMissing(text)) return null;
    const found = DATE.exec(text);
    if (!found || found[1] === "0000") return null;
    const year = Number(found[1]);
    const month = found[2] ? Number(found[2]) : 0;
    const day = found[3] ? Number(found[3]) : 0;
    if (found[2] && (month < 1 || month > 12)) return null;
    if (found[3] && (day < 1 || day > daysIn(year, month))) return null;
    let minute = -1;
    if (found[4]) {
      if (Number(found[4]) > 23 || Number(found[5]) > 59) return null;
      minute = Number(found[4]) * 60 + Number(found[5]);
    }
    const lastMonth = month || 12;
    return [dayOf(year, month || 1, day || 1), dayOf(year, lastMonth, day || daysIn(year, lastMonth)), minute];
  };
  const minuteOfDay = (text) => {
    if (isMissing(text)) return null;
    const found = TIME.exec(text);
    if (!found || Number(found[1]) > 23 || Number(found[2]) > 59) return null;
    return Number(found[1]) * 60 + Number(found[2]);
  };
  const isBefore = on((a, b) => {
    if (a[2] >= 0 && b[2] >= 0) return a[0] < b[0] || (a[0] === b[0] && a[2] < b[2]);
    if (a[1] < b[0]) return true;
    return a[0] >= b[1] ? false : null;
  });
  const isSame = on((a, b) => {
    if (a[2] >= 0 && b[2] >= 0) return a[0] === b[0] && a[2] === b[2];
    if (a[1] < b[0] || b[1] < a[0]) return false;
    return a[0] === a[1] && b[0] === b[1] && a[0] === b[0] ? true : null;
  });
  const completed = (start, end) => {
    const [fy, fm, fd] = civil(start);
    const [ty, tm, td] = civil(end);
    return ty - fy - (tm < fm || (tm === fm && td < fd) ? 1 : 0);
  };
  const present = (values) => values.filter((x) => !isMissing(x));
  const total = (values) => {
    const found = present(values);
    return found.length ? finite(found.reduce((a, b) => a + b)) : null;
  };
  // Blanks of ASCII only: what \s means differs between Python, JavaScript and columns.
  const NUMBER = /^[ \t\n\r\f\v]*[+-]?[0-9]{1,15}(\.[0-9]{1,15})?[ \t\n\r\f\v]*$/;

  return {
    // A number that is none, such as NaN of an emptied input, is missing.
    present: (x) => (isMissing(x) || (typeof x === "number" && !Number.isFinite(x)) ? null : x),
    interval,
    minute_of_day: minuteOfDay,
    rows: (v, slots) => {
      const length = Math.min(...slots.map((slot) => (v[slot] ? v[slot].length : 0)));
      return Array.from({ length }, (_, i) => Object.fromEntries(slots.map((slot) => [slot, v[slot][i]])));
    },
    and_: (a, later) => {
      if (a === false) return false;
      const b = later();
      return a === null && b !== false ? null : b;
    },
    or_: (a, later) => {
      if (a === true) return true;
      const b = later();
      return a === null && b !== true ? null : b;
    },
    not: turned,
    is_missing: isMissing,
    if_: (asked, then, otherwise) => (asked === true ? then() : asked === false ? otherwise() : null),
    coalesce: (...xs) => {
      const found = xs.find((x) => !isMissing(x));
      return found === undefined ? null : found;
    },
    eq: on((a, b) => a === b), ne: on((a, b) => a !== b),
    lt: on((a, b) => a < b), le: on((a, b) => a <= b), gt: on((a, b) => a > b), ge: on((a, b) => a >= b),
    near_eq: on(near), near_ne: on((a, b) => !near(a, b)),
    near_lt: on((a, b) => a < b && !near(a, b)), near_le: on((a, b) => a <= b || near(a, b)),
    near_gt: on((a, b) => a > b && !near(a, b)), near_ge: on((a, b) => a >= b || near(a, b)),
    same_text: on((a, b) => a === b), other_text: on((a, b) => a !== b),
    same_truth: on((a, b) => a === b), other_truth: on((a, b) => a !== b),
    date_eq: isSame, date_ne: (a, b) => turned(isSame(a, b)),
    date_lt: isBefore, date_ge: (a, b) => turned(isBefore(a, b)),
    date_gt: (a, b) => isBefore(b, a), date_le: (a, b) => turned(isBefore(b, a)),
    contains: on((text, piece) => text.includes(piece)),
    starts_with: on((text, start) => text.startsWith(start)),
    ends_with: on((text, end) => text.endsWith(end)),
    like: (text, pattern) => (isMissing(text) ? null : new RegExp(`^(?:${pattern})$`, "u").test(text)),
    add: on((a, b) => finite(a + b)), sub: on((a, b) => finite(a - b)), mul: on((a, b) => finite(a * b)),
    div: on((a, b) => (b === 0 ? null : finite(a / b))),
    neg: on((a) => 0 - a), abs: on(Math.abs),
    floor: on(Math.floor), ceiling: on((a) => Math.ceil(a) + 0),
    round: on((value, digits) => {
      const scale = 10 ** Math.abs(digits);
      const scaled = digits >= 0 ? Math.abs(value) * scale : Math.abs(value) / scale;
      const whole = scaled < 1e300 ? Math.floor(scaled * (1 + CLOSE) + 0.5) : scaled;
      const result = digits >= 0 ? whole / scale : whole * scale;
      return finite((value < 0 ? -result : result) + 0);
    }),
    sqrt: on((a) => (a < 0 ? null : Math.sqrt(a))),
    ln: on((a) => (a > 0 ? Math.log(a) : null)),
    exp: on((a) => (a < 709 ? Math.exp(a) : null)),
    power: on((base, exponent) => {
      if (base < 0 && exponent !== Math.floor(exponent)) return null;
      return base === 0 && exponent < 0 ? null : finite(base ** exponent);
    }),
    smallest: on(Math.min), largest: on(Math.max),
    length: on((text) => [...text].length),
    to_number: on((text) => (NUMBER.test(text) ? Number(text) : null)),
    days: on((a, b) => (a[0] !== a[1] || b[0] !== b[1] ? null : b[0] - a[0])),
    minutes: on((a, b) => (a[2] < 0 || b[2] < 0 ? null : (b[0] - a[0]) * 1440 + b[2] - a[2])),
    age: on((birth, at) => {
      const longest = completed(birth[0], at[1]);
      return longest === completed(birth[1], at[0]) ? longest : null;
    }),
    is_complete: on((a) => a[0] === a[1]),
    year: on((a) => civil(a[0])[0]),
    month: on((a) => {
      const first = civil(a[0])[1];
      return first === civil(a[1])[1] ? first : null;
    }),
    move_date: on((a, days) => {
      if (a[0] !== a[1] || !(days > -4000000 && days < 4000000)) return null;
      const day = a[0] + Math.trunc(days);
      return Math.abs(day) > 10000000 ? null : [day, day, a[2]];
    }),
    all_any: (xs) => (xs.includes(true) ? true : xs.includes(null) ? null : false),
    all_all: (xs) => (xs.includes(false) ? false : xs.includes(null) ? null : true),
    all_sum: total,
    all_mean: (xs) => {
      const found = total(xs);
      return found === null ? null : found / present(xs).length;
    },
    all_min: (xs) => (present(xs).length ? Math.min(...present(xs)) : null),
    all_max: (xs) => (present(xs).length ? Math.max(...present(xs)) : null),
    all_count: (xs) => xs.filter((x) => !isMissing(x) && x !== false).length,
    all_first: (xs) => (xs.length ? xs[0] : null),
    all_last: (xs) => (xs.length ? xs[xs.length - 1] : null),
  };
})();
if (typeof module !== "undefined") module.exports = TrialLinkChecks;
