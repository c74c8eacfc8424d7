/** People: finding one, seeing one, and one's own details. */
export { changeContact, showContact } from './person/contact.ts';
export { searchPeople, showSearch, startSearch } from './person/search.ts';
export { showMe, showPerson } from './person/show.ts';
export { closePerson, previewClose, previewReopen, previewSuspend, reopenPerson, suspendPerson } from './person/state.ts';
