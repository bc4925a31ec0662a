-- Evidence that is erased leaves skeletons: of a notice its number, receiver, time, basis and the names of the fields.

-- What a notice had told, where its content was erased: it reads as taken back. Null while it is kept.
ALTER TABLE ledger ADD COLUMN erased text;

-- Notices whose content has to go as soon as the broker has confirmed them, and what they tell.
CREATE TABLE erase_later (
    notice        uuid PRIMARY KEY,
    kind          text NOT NULL
);
