/** What the pages of one check share: its address, its heading, and who is sent elsewhere. */
import { fullName, type PersonalName } from '../../domain/personal-name.ts';

export const folder = '/identity-checks';
export const checkPath = `${folder}/:id`;
export const atOf = (id: string): string => `${folder}/${id}`;

export interface Head {
  id: string;
  name: PersonalName;
}

/** @param back where the link at the top leads */
export const headView = ({ id, name }: Head, back = atOf(id)) => ({ at: atOf(id), back, personName: fullName(name) });

/** Tasks are for whoever has the check and said that they do not know the person: others see who has it, or are asked. */
export const onlyOpen = ({ id, isOpen }: { id: string; isOpen: boolean }): string | undefined => (isOpen ? undefined : atOf(id));

type Opened<T> = Extract<T, { isOpen: true }>;
/** What a template of such a page is given: whoever may not see it was sent elsewhere. */
export const whenOpen =
  <T extends { isOpen: boolean }>(view: (shown: Opened<T>) => object) =>
  (shown: T): object =>
    shown.isOpen ? view(shown as Opened<T>) : {};

export const itemsOf = (words: Readonly<Record<string, string>>, only: readonly string[] = Object.keys(words)) =>
  only.map((value) => ({ value, text: words[value] ?? value }));

/** "Yes" and "no" of a form as a schema takes them; anything else stays, to be refused. */
export const asBoolean = (value: unknown): unknown => (value === 'yes' ? true : value === 'no' ? false : value);

/** Whether the page is shown again after a form that could not be saved: then what was typed counts. */
export const yesNo = (value: boolean | undefined): string | undefined => (value === undefined ? undefined : value ? 'yes' : 'no');
