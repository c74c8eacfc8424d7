import { Migration } from '@mikro-orm/migrations';

/**
 * People by name, at certain organisations, whatever the size of the register: names as lists of words, a dictionary of all words,
 * and for each person the places where to look. Kept by triggers, because people and positions come in by many ways.
 */
export class PeopleSearch extends Migration {
  override name = '2026-11-24-people-search';

  override up(): void {
    this.addSql(`create extension if not exists fuzzystrmatch`);
    this.words();
    this.places();
    this.addSql(`create index person_words_at_places on person using gin (name_words, places)`);
    this.addSql(`create table saved_search (
      id uuid primary key, searcher uuid not null references person, text text not null, made_at timestamptz not null,
      expires_at timestamptz not null)`);
    this.addSql(`create index on saved_search (expires_at)`);
  }

  private words(): void {
    // Words as they are compared: O’Brien and obrien are one, Smith-Jones are two.
    this.addSql(`create function name_words(name text) returns text[] language sql immutable parallel safe as $$
      select array_remove(regexp_split_to_array(
        translate(public.search_words(name), '‐‑–—''’‘ʼ\`´', '    '), '[[:space:][:punct:]]+'), '') $$`);
    this.addSql(`alter table person add name_words text[] not null generated always as (
      name_words(coalesce(given_names, '') || ' ' || family_name || ' ' || coalesce(card_name, ''))) stored`);
    // Every word any name ever had, to find those near what was typed. It grows with the language, not with the register.
    this.addSql(`create table name_word (word text primary key, sound text generated always as (dmetaphone(word)) stored)`);
    this.addSql(`create index on name_word using gin (word gin_trgm_ops)`);
    this.addSql(`create index on name_word (word text_pattern_ops)`);
    this.addSql(`create index on name_word (sound)`);
    this.addSql(`create function add_name_words() returns trigger language plpgsql as $$
      begin
        insert into name_word (word) select distinct w from unnest(new.name_words) w
          where not exists (select from name_word n where n.word = w) order by w on conflict do nothing;
        return null;
      end $$`);
    this.addSql(`create trigger add_name_words after insert or update of given_names, family_name, card_name on person
      for each row execute function add_name_words()`);
    this.addSql(`insert into name_word (word) select distinct unnest(name_words) from person`);
  }

  private places(): void {
    // Where a person is registered or ever held a position, and the organisations above. It only narrows: who is there now, the search asks.
    this.addSql(`create function places_of(who uuid, registered text) returns text[] language sql stable as $$
      with recursive up as (
        select o.code, o.parent from organisation o
          where o.code = registered or o.code in (select r.organisation from role_profile r where r.person = who)
        union
        select o.code, o.parent from organisation o join up on o.code = up.parent)
      select coalesce(array_agg(code), '{}') from up $$`);
    this.addSql(`alter table person add places text[] not null default '{}'`);
    this.addSql(`update person set places = places_of(id, organisation)`);

    this.addSql(`create function set_places() returns trigger language plpgsql as $$
      begin
        new.places := places_of(new.id, new.organisation);
        return new;
      end $$`);
    this.addSql(`create trigger set_places before insert or update of organisation on person for each row execute function set_places()`);
    this.addSql(`create function add_places_of_role_profile() returns trigger language plpgsql as $$
      begin
        update person set places = places_of(id, organisation) where id = new.person and not places @> array[new.organisation];
        return null;
      end $$`);
    this.addSql(`create trigger add_places after insert or update of organisation on role_profile
      for each row execute function add_places_of_role_profile()`);
    this.addSql(`create function move_places() returns trigger language plpgsql as $$
      begin
        update person set places = places_of(id, organisation) where places @> array[new.code];
        return null;
      end $$`);
    this.addSql(`create trigger move_places after update of parent on organisation for each row execute function move_places()`);
  }
}
