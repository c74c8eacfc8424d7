import { Migration } from '@mikro-orm/migrations';

/** What each cause of a case did: asked before everything a workflow has saved, and found in one place whatever month it was in. */
export class RecordedCauses extends Migration {
  override name = '2026-11-25-recorded-causes';

  override up(): void {
    this.addSql(`create table recorded_cause (id text, what text, primary key (id, what))`);
    this.addSql(`insert into recorded_cause (id, what)
      select distinct left(id, -2), what from audit where right(id, 2) = '/1' and starts_with(id, case_id || '/')`);
    // Who worked on the card that somebody holds is asked whenever a position of theirs is to be decided.
    this.addSql(`create index on card_issue (person)`);
  }
}
