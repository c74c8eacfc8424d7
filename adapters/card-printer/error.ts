/** Why a printer could not be used, as a class that a manager's page puts in words (domain/open-case.ts). */
export const printerErrors = [
  /** Nothing answers at its address, or not in time. */
  'PrinterUnreachable',
  /** It has work of somebody else's, or asks to be tried later. */
  'PrinterBusy',
  /** It answers, and needs somebody: no cards, a jam, an open cover. */
  'PrinterStopped',
  /** It will never take this as it is: wrong format, no right to print. */
  'PrinterRefused',
  /** What answers there does not speak IPP. */
  'PrinterNotUnderstood',
] as const;
export type PrinterErrorClass = (typeof printerErrors)[number];

export class PrinterError extends Error {
  override readonly name: PrinterErrorClass;
  /** The printer's id: what the case cannot reach. */
  readonly thing: string;

  /** @param said the printer's own keyword; never a name or anything printed */
  constructor(name: PrinterErrorClass, thing: string, said: string) {
    super(said);
    this.name = name;
    this.thing = thing;
  }
}

/** RFC 8011, appendix B: which answers are worth another try, and which are not. */
const classes: ReadonlyArray<[RegExp, PrinterErrorClass]> = [
  [/^server-error-(busy|temporary-error|too-many-jobs|service-unavailable)$/, 'PrinterBusy'],
  [/^server-error-(device-error|not-accepting-jobs|printer-is-deactivated)$/, 'PrinterStopped'],
  [/^client-error-timeout$/, 'PrinterBusy'],
  [/^server-error-/, 'PrinterNotUnderstood'],
];

export const classOf = (status: string): PrinterErrorClass => classes.find(([pattern]) => pattern.test(status))?.[1] ?? 'PrinterRefused';
