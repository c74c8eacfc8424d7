import { Migration } from '@mikro-orm/migrations';

/** What waits for one person, counted on their start page. */
export class TaskCounts extends Migration {
  override name = '2026-11-25-task-counts';

  override up(): void {
    this.addSql(`create index on open_case (waits_for_person, kind, waits_for, due) where waits_for_person is not null`);
  }
}
